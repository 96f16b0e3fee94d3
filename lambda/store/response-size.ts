import type { Appointment } from '../appointment/appointment.ts';

/** The largest response, in bytes of its JSON. */
export const maxBytes = 5 * 1024 * 1024;

/**
 * What an appointment adds to a response, in bytes. Lambda encodes the response as JSON once more, and fails above 6 MB:
 * if that makes it much longer (a text full of quotes), it counts as five sixths of the longer one.
 */
export function bytesOf(appointment: Appointment): number {
  const json = JSON.stringify(appointment);
  return 1 + Math.max(Buffer.byteLength(json), Math.ceil((Buffer.byteLength(JSON.stringify(json)) * 5) / 6));
}
