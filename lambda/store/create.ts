import { randomUUID } from 'node:crypto';
import type { Caller } from '../appointment/caller.ts';
import type { MutableAppointment } from '../appointment/mutable-appointment.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { uuidOf } from './uuid-of.ts';
import { newVersion, writeAppointment } from './write-appointment.ts';

/**
 * Makes version 1 of a new appointment. Its id is made of what may be used only once, the placer's id or else the
 * Idempotency-Key: the table's own key keeps that unique, with no second item, no transaction and no read.
 * @throws Throttled when nothing was written, Unavailable when that is not known
 */
export async function create(
  caller: Caller,
  appointment: MutableAppointment,
  idempotencyKey: string | undefined,
): Promise<WriteOutcome> {
  const { placer_appointment_id: placerId, placer_system_name: system = null } = appointment;
  const { organizationId } = caller;
  // With a placer's id, that is the identity and the key is not looked at.
  const key = placerId === undefined ? idempotencyKey : undefined;
  const id =
    placerId !== undefined
      ? uuidOf([organizationId, 'placer', system, placerId])
      : key !== undefined
        ? uuidOf([organizationId, 'key', key])
        : randomUUID();
  const write_id = key === undefined ? randomUUID() : uuidOf(['create', key]);
  const written = await writeAppointment(
    newVersion(caller, { id, version: 1, appointment, write_id }),
    key !== undefined,
    {
      ConditionExpression: 'attribute_not_exists(id)',
      ExpressionAttributeValues: {},
    },
  );
  return written.outcome === 'conflict' ? { ...written, holder: { id } } : written;
}
