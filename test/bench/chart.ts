/** `ratio`: the length of the bar; the baseline is 1. `highlighted`: the service itself. */
export type Bar = { readonly name: string; readonly ratio: number; readonly highlighted: boolean };

const [width, labelWidth, rowHeight] = [860, 170, 24];

/** Draws groups of horizontal bars as an SVG. */
export function chart(groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[]): string {
  let top = 10;
  const drawn = groups.map(({ title, bars }) => {
    const max = Math.max(1, ...bars.map(({ ratio }) => ratio));
    const unit = (width - labelWidth - 70) / max;
    const lines = bars.map(({ name, ratio, highlighted }, i) => {
      const y = top + 34 + i * rowHeight;
      return `<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${name}</text>
<rect x="${labelWidth}" y="${y}" width="${(ratio * unit).toFixed(1)}" height="16" fill="${highlighted ? '#0a7' : '#9ab'}"/>
<text x="${(labelWidth + ratio * unit + 6).toFixed(1)}" y="${y + 12}">${ratio.toFixed(2)}</text>`;
    });
    const group = `<text x="${labelWidth}" y="${top + 20}" font-weight="bold">${title}</text>\n${lines.join('\n')}`;
    top += 50 + bars.length * rowHeight;
    return group;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" font-family="sans-serif" font-size="12">
<title>Time of a cold start and of a warm call, as a ratio to the baseline. Shorter is faster.</title>
<rect width="100%" height="100%" fill="white"/>
${drawn.join('\n')}
</svg>
`;
}
