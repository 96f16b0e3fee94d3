import { hash, randomUUID } from 'node:crypto';
import type { MutableAppointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';

/** The id of a new appointment: derived from its placer id, else from the Idempotency-Key, else random. The same source gives the same id. */
export function newAppointmentId(
  { organizationId }: Caller,
  { placer_appointment_id: placerId, placer_system_name: system }: MutableAppointment,
  idempotencyKey: string | undefined,
): string {
  if (placerId !== undefined) return uuidOf([organizationId, 'placer', system ?? null, placerId]);
  if (idempotencyKey !== undefined) return uuidOf([organizationId, 'key', idempotencyKey]);
  return randomUUID();
}

/** The id of a write, which a retry compares to recognize its own version: random, or derived from the Idempotency-Key and the target. */
export function writeIdOf(idempotencyKey: string | undefined, target: readonly (string | number)[]): string {
  return idempotencyKey === undefined ? randomUUID() : uuidOf([...target, idempotencyKey]);
}

// The UUID namespace of this service. Any constant works, but it must never change.
const namespace = Buffer.from('6ba7b8129dad41d180b400c04fd430c8', 'hex');

/** UUID v5 (RFC 9562) of a list. JSON encodes different lists as different names. */
function uuidOf(parts: readonly (string | number | null)[]): string {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(JSON.stringify(parts))]));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
