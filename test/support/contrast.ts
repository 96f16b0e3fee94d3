import type { Locator } from 'playwright-core';

type Color = readonly [red: number, green: number, blue: number];

/** The WCAG 2 contrast ratio between an element's text and what is behind it: 4.5 or more is readable. */
export async function contrastOf(element: Locator): Promise<number> {
  const [color = '', ...backgrounds] = await element.evaluate((node): string[] => {
    const window = node.ownerDocument.defaultView;
    const colors = [window.getComputedStyle(node).color];
    for (let each = node; each; each = each.parentElement) colors.push(window.getComputedStyle(each).backgroundColor);
    return colors;
  });
  const behind = backgrounds.reduceRight(painted, [255, 255, 255]);
  const luminances = [painted(behind, color), behind].map(luminance);
  return (Math.max(...luminances) + 0.05) / (Math.min(...luminances) + 0.05);
}

/** The color that results from painting a CSS color, `rgb(…)` or `rgba(…)`, over another color. */
function painted(under: Color, cssColor: string): Color {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (cssColor.match(/[\d.]+/g) ?? []).map(Number);
  const mix = (over: number, below: number) => over * alpha + below * (1 - alpha);
  return [mix(red, under[0]), mix(green, under[1]), mix(blue, under[2])];
}

function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
