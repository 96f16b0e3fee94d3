/** That an operation saw a version, at the time that it ended. */
export type Sighting = { readonly ended: number; readonly version: number };

/** The highest version that was seen before a time: whoever starts then must not see an older one. */
export function highestSeen(sightings: readonly Sighting[]): (before: number) => number {
  const highest: Sighting[] = [];
  for (const { ended, version } of sightings.toSorted((a, b) => a.ended - b.ended)) {
    if (version > (highest.at(-1)?.version ?? 0)) highest.push({ ended, version });
  }
  return (before) => {
    let [low, high] = [0, highest.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((highest[middle]?.ended ?? before) < before) low = middle + 1;
      else high = middle;
    }
    return highest[low - 1]?.version ?? 0;
  };
}
