import { type Spread, spreadOf } from './statistics.ts';

/** One call of a subject, for the n-th time, counted from 0. */
export type Call = (n: number) => Promise<unknown>;

/** Calls of one subject in a row, so that each runs as in a process of its own: with the CPU's caches to itself. */
export const turn = 20;

/**
 * Lets the subjects take turns, so that whatever else the machine does meets all of them alike. Microseconds a call,
 * without the first fifth of each subject's `calls`.
 */
export async function warmCalls(
  subjects: ReadonlyMap<string, Call>,
  calls: number,
  advance: () => void,
): Promise<ReadonlyMap<string, Spread>> {
  const times = new Map([...subjects.keys()].map((name): [string, number[]] => [name, []]));
  const order = [...subjects];
  for (let first = 0; first < calls; first += turn) {
    for (const [name, call] of order) {
      for (let n = first; n < first + turn; n += 1) {
        const began = performance.now();
        await call(n);
        if (n >= calls / 5) times.get(name)?.push((performance.now() - began) * 1_000);
      }
    }
    // Nobody is always the one after the same other.
    order.push(...order.splice(0, 1 + ((first / turn) % 3)));
    advance();
  }
  return new Map([...times].map(([name, some]) => [name, spreadOf(some)]));
}

/** CPU time of one call in microseconds, this process's threads together, without the first fifth of the calls. */
export async function cpuOf(call: Call, calls: number): Promise<number> {
  const warmUp = calls / 5;
  for (let n = 0; n < warmUp; n += 1) await call(n);
  const before = process.cpuUsage();
  for (let n = warmUp; n < calls; n += 1) await call(n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (calls - warmUp);
}
