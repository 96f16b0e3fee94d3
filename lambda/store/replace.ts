import type { MutableAppointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { writeIdOf } from './ids.ts';
import { newVersion, writeAppointment } from './write-appointment.ts';

/**
 * Creates version `next` of an appointment if its current version is `next - 1`. It is a full replacement.
 * @throws ThrottledError if nothing was written, OutcomeUnknownError if the outcome is unknown
 */
export function replace(
  caller: Caller,
  id: string,
  next: number,
  appointment: MutableAppointment,
  idempotencyKey: string | undefined,
): Promise<WriteOutcome> {
  const write_id = writeIdOf(idempotencyKey, ['update', id, next]);
  const item = newVersion(caller, { id, version: next, appointment, write_id });
  return writeAppointment(item, idempotencyKey !== undefined, {
    ConditionExpression: 'version = :prev',
    ExpressionAttributeValues: { ':prev': next - 1 },
  });
}
