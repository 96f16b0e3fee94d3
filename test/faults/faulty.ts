import { randomUUID } from 'node:crypto';

/** More attempts than the retry budget allows. */
export const always = 999;

/**
 * The `notes` of a write that make the fault proxy apply this kind of fault to the first `times` attempts.
 * Each write carries its own fault, so all tests can share one proxy. The notes are unique and identify the write.
 */
export function faulty(kind: string, times: number): string {
  return `${kind} x${times} #${randomUUID()}`;
}

/** The `notes` of a create that succeeds. Only the deactivation of its appointment meets the fault. */
export function deactivatedFaulty(kind: string, times: number): string {
  return deactivation + faulty(kind, times);
}

const deactivation = 'deactivation: ';

type Planned = { readonly kind: string; readonly times: number };

/** The fault in notes that `faulty` made. */
export function faultIn(notes = ''): Planned | undefined {
  const [, kind, times] = /^(.+) x(\d+) #/.exec(notes) ?? [];
  return kind === undefined || kind.startsWith(deactivation) ? undefined : { kind, times: Number(times) };
}

/** The fault of a deactivation, in notes that either function made. */
export function faultOfDeactivationIn(notes = ''): Planned | undefined {
  return faultIn(notes.replace(deactivation, ''));
}
