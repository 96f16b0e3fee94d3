import { type Spread, spreadOf } from './statistics.ts';

/** Makes the n-th call of a subject. The first n is 0. */
export type Call = (n: number) => Promise<unknown>;

/** How many calls in a row one subject makes, so that it uses the CPU's caches as if it ran alone. */
export const callsPerTurn = 20;

/**
 * The time of a call of each subject, in microseconds. The first fifth of the calls is a warm-up. The subjects take turns, so
 * that other load on the machine affects all of them equally.
 */
export async function warmTimes(
  subjects: ReadonlyMap<string, Call>,
  calls: number,
  onTurn: () => void,
): Promise<ReadonlyMap<string, Spread>> {
  const times = new Map([...subjects.keys()].map((name): [string, number[]] => [name, []]));
  const order = [...subjects];
  for (let first = 0; first < calls; first += callsPerTurn) {
    for (const [name, call] of order) {
      for (let n = first; n < first + callsPerTurn; n += 1) {
        const start = performance.now();
        await call(n);
        if (n >= calls / 5) times.get(name)?.push((performance.now() - start) * 1_000);
      }
    }
    // Change the order, so that no subject always follows the same one.
    order.push(...order.splice(0, 1 + ((first / callsPerTurn) % 3)));
    onTurn();
  }
  return new Map([...times].map(([name, values]) => [name, spreadOf(values)]));
}

/** The CPU time of a call in microseconds, of all threads of this process. The first fifth of the calls is a warm-up. */
export async function cpuOf(call: Call, calls: number): Promise<number> {
  const warmUp = calls / 5;
  for (let n = 0; n < warmUp; n += 1) await call(n);
  const before = process.cpuUsage();
  for (let n = warmUp; n < calls; n += 1) await call(n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (calls - warmUp);
}
