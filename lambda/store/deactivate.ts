import { randomUUID } from 'node:crypto';
import type { Caller } from '../appointment/caller.ts';
import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { uuidOf } from './uuid-of.ts';
import { writeVersion } from './write-version.ts';

/** What became of a deactivation. */
export type Deactivated = { readonly outcome: 'done' } | Extract<WriteOutcome, { outcome: 'conflict' | 'absent' }>;

/**
 * Makes the version after `current`, which differs from it in being deactivated.
 * @throws Throttled when nothing was written, Unavailable when that is not known
 */
export async function deactivate(
  caller: Caller,
  id: string,
  current: number,
  idempotencyKey: string | undefined,
): Promise<Deactivated> {
  const version = current + 1;
  const write_id = idempotencyKey === undefined ? randomUUID() : uuidOf(['deactivate', id, current, idempotencyKey]);
  const written = await writeVersion(
    { organization_id: caller.organizationId, id, version, write_id },
    idempotencyKey !== undefined,
    {
      UpdateExpression:
        'SET version = :next, updated_at = :now, updating_user_id = :user, deactivated = :true, write_id = :write_id',
      ConditionExpression: 'version = :current',
      ExpressionAttributeValues: {
        ':current': current,
        ':next': version,
        ':now': new Date().toISOString(),
        ':user': caller.userId,
        ':true': true,
        ':write_id': write_id,
      },
    },
  );
  return written.outcome === 'written' || written.outcome === 'replayed' ? { outcome: 'done' } : written;
}
