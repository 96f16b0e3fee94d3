import type { Caller } from '../appointment/caller.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { writeIdOf } from './ids.ts';
import { writeVersion } from './write-version.ts';

export type DeactivateOutcome =
  | { readonly outcome: 'deactivated' }
  | Extract<WriteOutcome, { outcome: 'conflict' | 'key_reused' | 'absent' }>;

/**
 * Creates the version after `current`. It differs only in being deactivated, with this reason or without one.
 * @throws ThrottledError if nothing was written, OutcomeUnknownError if the outcome is unknown
 */
export async function deactivate(
  caller: Caller,
  id: string,
  current: number,
  reason: string | undefined,
  idempotencyKey: string | undefined,
): Promise<DeactivateOutcome> {
  const version = current + 1;
  const write_id = writeIdOf(idempotencyKey, ['deactivate', id, current]);
  const write = { organization_id: caller.organizationId, id, version, write_id };
  const written = await writeVersion(write, idempotencyKey !== undefined, {
    UpdateExpression: `SET version = :next, updated_at = :now, updating_user_id = :user, deactivated = :true, write_id = :write_id${
      reason === undefined ? ' REMOVE cancellation_reason' : ', cancellation_reason = :reason'
    }`,
    ConditionExpression: 'version = :current',
    ExpressionAttributeValues: {
      ':current': current,
      ':next': version,
      ':now': new Date().toISOString(),
      ':user': caller.userId,
      ':true': true,
      ':write_id': write_id,
      ...(reason !== undefined && { ':reason': reason }),
    },
  });
  if (written.outcome === 'written') return { outcome: 'deactivated' };
  if (written.outcome !== 'replayed') return written;
  return { outcome: written.stored.cancellation_reason === reason ? 'deactivated' : 'key_reused' };
}
