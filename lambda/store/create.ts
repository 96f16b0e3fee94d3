import type { MutableAppointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { newAppointmentId, writeIdOf } from './ids.ts';
import { newVersion, writeAppointment } from './write-appointment.ts';

/**
 * Creates version 1 of a new appointment. Its id is derived from the placer id, or else from the Idempotency-Key. Each may be
 * used only once, and the table's own key enforces that, without a second item, a transaction, or a read.
 * @throws ThrottledError if nothing was written, OutcomeUnknownError if the outcome is unknown
 */
export async function create(
  caller: Caller,
  appointment: MutableAppointment,
  idempotencyKey: string | undefined,
): Promise<WriteOutcome> {
  // With a placer id, the key is ignored (contract, *Idempotency-Key*).
  const key = appointment.placer_appointment_id === undefined ? idempotencyKey : undefined;
  const id = newAppointmentId(caller, appointment, key);
  const item = newVersion(caller, { id, version: 1, appointment, write_id: writeIdOf(key, ['create']) });
  const written = await writeAppointment(item, key !== undefined, {
    ConditionExpression: 'attribute_not_exists(appointment_key)',
    ExpressionAttributeValues: {},
  });
  return written.outcome === 'conflict'
    ? { outcome: 'placer_id_taken', id, latestVersion: written.latestVersion }
    : written;
}
