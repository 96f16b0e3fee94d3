import type { Appointment } from './appointment.ts';

/** What became of a write. Every route that writes has to look at each of them. */
export type WriteOutcome =
  | { readonly outcome: 'written'; readonly appointment: Appointment }
  /** Not the next version, or (`holder`) a placer's id that an appointment was created with before. */
  | { readonly outcome: 'conflict'; readonly latestVersion: number; readonly holder?: { readonly id: string } }
  /** The Idempotency-Key came with another appointment before. */
  | { readonly outcome: 'key_reused' }
  | { readonly outcome: 'absent' };
