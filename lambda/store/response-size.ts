import type { Appointment } from '../appointment/appointment.ts';

/** The most that one answer carries, in bytes of its JSON. */
export const mostBytes = 5 * 1024 * 1024;

/**
 * What an appointment adds to an answer, in bytes. Lambda wraps the answer in JSON once more, and fails over 6 MB: where
 * that makes much more of it (a text full of quotes), it counts for five sixths of that.
 */
export function bytesOf(appointment: Appointment): number {
  const json = JSON.stringify(appointment);
  return 1 + Math.max(Buffer.byteLength(json), Math.ceil((Buffer.byteLength(JSON.stringify(json)) * 5) / 6));
}
