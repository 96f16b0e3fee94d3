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

/** The `notes` of a create which lets only the deactivation of its appointment go wrong. */
export function deactivatedFaulty(kind: string, times: number): string {
  return deactivation + faulty(kind, times);
}

const deactivation = 'deactivation: ';

type Planned = { readonly kind: string; readonly times: number };

/** What `faulty` put in. */
export function faultIn(notes = ''): Planned | undefined {
  const [, kind, times] = /^(.+) x(\d+) #/.exec(notes) ?? [];
  return kind === undefined || kind.startsWith(deactivation) ? undefined : { kind, times: Number(times) };
}

/** What either of them put in, as far as a deactivation goes. */
export function faultOfDeactivationIn(notes = ''): Planned | undefined {
  return faultIn(notes.replace(deactivation, ''));
}
