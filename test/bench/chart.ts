/** A bar: its length is the ratio to the baseline, which is 1. */
export type Bar = { readonly name: string; readonly ratio: number; readonly own: boolean };

const [width, labels, row] = [860, 170, 24];

/** Groups of horizontal bars as an SVG. */
export function chart(groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[]): string {
  let top = 10;
  const drawn = groups.map(({ title, bars }) => {
    const most = Math.max(1, ...bars.map(({ ratio }) => ratio));
    const unit = (width - labels - 70) / most;
    const lines = bars.map(({ name, ratio, own }, i) => {
      const y = top + 34 + i * row;
      return `<text x="${labels - 8}" y="${y + 12}" text-anchor="end">${name}</text>
<rect x="${labels}" y="${y}" width="${(ratio * unit).toFixed(1)}" height="16" fill="${own ? '#0a7' : '#9ab'}"/>
<text x="${(labels + ratio * unit + 6).toFixed(1)}" y="${y + 12}">${ratio.toFixed(2)}</text>`;
    });
    const group = `<text x="${labels}" y="${top + 20}" font-weight="bold">${title}</text>\n${lines.join('\n')}`;
    top += 50 + bars.length * row;
    return group;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" font-family="sans-serif" font-size="12">
<title>Times of the service and its peers, as ratios</title>
<rect width="100%" height="100%" fill="white"/>
${drawn.join('\n')}
</svg>
`;
}
