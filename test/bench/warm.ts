import { type Spread, spreadOf } from './statistics.ts';

/** One call of a subject, for the n-th time. */
export type Call = (n: number) => Promise<unknown>;

/**
 * Calls every subject in turn, so that whatever else the machine does meets all of them alike. Microseconds a call.
 */
export async function warmCalls(
  subjects: ReadonlyMap<string, Call>,
  rounds: number,
  advance: () => void,
): Promise<ReadonlyMap<string, Spread>> {
  const warmUp = Math.ceil(rounds / 4);
  const times = new Map([...subjects.keys()].map((name): [string, number[]] => [name, []]));
  const order = [...subjects];
  for (let n = 0; n < warmUp + rounds; n += 1) {
    for (const [name, call] of order) {
      const began = performance.now();
      await call(n);
      if (n >= warmUp) times.get(name)?.push((performance.now() - began) * 1_000);
    }
    // Nobody is always the one after the same other.
    order.push(...order.splice(0, 1 + (n % 3)));
    if (n >= warmUp) advance();
  }
  return new Map([...times].map(([name, some]) => [name, spreadOf(some)]));
}

/** CPU time of one call in microseconds, this process's threads together. */
export async function cpuOf(call: Call, rounds: number): Promise<number> {
  for (let n = 0; n < rounds / 4; n += 1) await call(n);
  const before = process.cpuUsage();
  for (let n = 0; n < rounds; n += 1) await call(n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}
