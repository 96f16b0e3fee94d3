import type { Appointment } from '../appointment/appointment.ts';

/** The limit of a response, in bytes of JSON. */
export const maxBytes = 5 * 1024 * 1024;

/**
 * What an appointment adds to a response, in bytes. Lambda encodes the response as JSON a second time, and fails above 6 MB.
 * A text full of quotes becomes much longer in that encoding, so 5/6 of the second encoding counts if it is larger.
 */
export function bytesOf(appointment: Appointment): number {
  const json = JSON.stringify(appointment);
  return 1 + Math.max(Buffer.byteLength(json), Math.ceil((Buffer.byteLength(JSON.stringify(json)) * 5) / 6));
}
