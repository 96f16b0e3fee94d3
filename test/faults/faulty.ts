import { randomUUID } from 'node:crypto';

/** More attempts than a time budget holds. */
export const always = 999;

/**
 * The `notes` of a write that the fault proxy lets go wrong: that kind of fault, to that many of its first attempts.
 * The write carries its own fault, so any number of tests can use one proxy, and its notes are its name.
 */
export function faulty(kind: string, times: number): string {
  return `${kind} x${times} #${randomUUID()}`;
}

/** What `faulty` put in. */
export function faultIn(notes: string | undefined): { kind: string; times: number } | undefined {
  const [, kind, times] = /^(.+) x(\d+) #/.exec(notes ?? '') ?? [];
  return kind === undefined ? undefined : { kind, times: Number(times) };
}
