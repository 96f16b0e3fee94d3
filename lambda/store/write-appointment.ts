import { isDeepStrictEqual } from 'node:util';
import type { MutableAppointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { type AppointmentItem, appointmentOf } from './appointment-item.ts';
import { feedKey } from './keys.ts';
import { type Expressions, writeVersion } from './write-version.ts';

/** The item of a new version, with the caller as its author and the current time. */
export function newVersion(
  caller: Caller,
  version: Pick<AppointmentItem, 'id' | 'version' | 'appointment' | 'write_id'>,
): AppointmentItem {
  return {
    ...version,
    organization_id: caller.organizationId,
    updated_at: new Date().toISOString(),
    updating_user_id: caller.userId,
    deactivated: false,
  };
}

/**
 * Writes the whole item if the condition holds. The outcome contains the written appointment, without another read.
 * @throws ThrottledError if nothing was written, OutcomeUnknownError if the outcome is unknown
 */
export async function writeAppointment(
  item: AppointmentItem,
  hasIdempotencyKey: boolean,
  condition: Pick<Expressions, 'ConditionExpression' | 'ExpressionAttributeValues'>,
): Promise<Exclude<WriteOutcome, { outcome: 'placer_id_taken' }>> {
  const written = await writeVersion(item, hasIdempotencyKey, {
    UpdateExpression:
      'SET feed_key = :feed, version = :next, appointment = :appointment, updated_at = :now, updating_user_id = :user, deactivated = :false, write_id = :write_id REMOVE cancellation_reason',
    ConditionExpression: condition.ConditionExpression,
    ExpressionAttributeValues: {
      ...condition.ExpressionAttributeValues,
      ':feed': feedKey(item.organization_id, item.id),
      ':next': item.version,
      ':appointment': item.appointment,
      ':now': item.updated_at,
      ':user': item.updating_user_id,
      ':false': item.deactivated,
      ':write_id': item.write_id,
    },
  });
  if (written.outcome === 'written') return { outcome: 'written', appointment: appointmentOf(item) };
  if (written.outcome !== 'replayed') return written;
  if (!isSame(written.stored.appointment, item.appointment)) return { outcome: 'key_reused' };
  return { outcome: 'written', appointment: appointmentOf(written.stored) };
}

// Encoding as JSON changes -0 to 0, as storing does.
function isSame(stored: MutableAppointment, sent: MutableAppointment): boolean {
  return isDeepStrictEqual(stored, JSON.parse(JSON.stringify(sent)));
}
