import type { Appointment } from './appointment.ts';

/** The outcome of a conditional write. Each store function returns only the outcomes that it can have. */
export type WriteOutcome =
  | { readonly outcome: 'written'; readonly appointment: Appointment }
  /** The path does not carry the next version (on a deactivation: the current version). */
  | { readonly outcome: 'conflict'; readonly latestVersion: number }
  /** An appointment with this placer id already exists. */
  | { readonly outcome: 'placer_id_taken'; readonly id: string; readonly latestVersion: number }
  /** The Idempotency-Key was already used with a different body (on a deactivation: with a different reason). */
  | { readonly outcome: 'key_reused' }
  | { readonly outcome: 'absent' };
