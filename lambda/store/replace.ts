import { randomUUID } from 'node:crypto';
import type { Caller } from '../appointment/caller.ts';
import type { MutableAppointment } from '../appointment/mutable-appointment.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { uuidOf } from './uuid-of.ts';
import { newVersion, writeAppointment } from './write-appointment.ts';

/**
 * Makes version `next` of an appointment out of version `next - 1`, as a full replacement.
 * @throws Throttled when nothing was written, Unavailable when that is not known
 */
export function replace(
  caller: Caller,
  id: string,
  next: number,
  appointment: MutableAppointment,
  idempotencyKey: string | undefined,
): Promise<WriteOutcome> {
  const write_id = idempotencyKey === undefined ? randomUUID() : uuidOf(['update', id, next, idempotencyKey]);
  return writeAppointment(
    newVersion(caller, { id, version: next, appointment, write_id }),
    idempotencyKey !== undefined,
    {
      ConditionExpression: 'version = :prev',
      ExpressionAttributeValues: { ':prev': next - 1 },
    },
  );
}
