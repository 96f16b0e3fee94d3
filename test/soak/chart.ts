/** One measurement during the run. */
export type Sample = {
  /** Since the start. */
  readonly seconds: number;
  /** MiB. */
  readonly memory: number;
  readonly requestsPerSecond: number;
};

const width = 900;
const height = 200;

/** Draws the samples as an SVG: memory on top, requests per second below. */
export function chart(samples: readonly Sample[]): string {
  const rows = [
    ['Memory of the service, MiB', samples.map(({ memory }) => memory)],
    ['Requests per second', samples.map(({ requestsPerSecond }) => requestsPerSecond)],
  ] as const;
  const total = height * rows.length + 60;
  const drawn = rows.map(([title, values], i) => row(title, values, samples, 40 + i * (height + 20)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width + 100}" height="${total}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${drawn.join('\n')}
</svg>
`;
}

function row(title: string, values: readonly number[], samples: readonly Sample[], top: number): string {
  const max = Math.max(...values, 1) * 1.1;
  const end = samples.at(-1)?.seconds ?? 1;
  const points = values.map((value, i) => {
    const x = 60 + ((samples[i]?.seconds ?? 0) / end) * width;
    return `${x.toFixed(1)},${(top + height - 20 - (value / max) * (height - 40)).toFixed(1)}`;
  });
  return `<text x="60" y="${top}">${title}: up to ${Math.max(...values, 0).toFixed(0)}, over ${(end / 60).toFixed(1)} minutes</text>
<line x1="60" x2="${60 + width}" y1="${top + height - 20}" y2="${top + height - 20}" stroke="#999"/>
<polyline points="${points.join(' ')}" fill="none" stroke="#06c" stroke-width="1.5"/>`;
}
