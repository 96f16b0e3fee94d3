/** A version that an operation returned, and when the operation ended. */
export type Sighting = { readonly ended: number; readonly version: number };

/** Tells, for any time, the highest version that was seen before it. An operation that starts then must not return an older one. */
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
