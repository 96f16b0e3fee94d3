import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { OutcomeUnknownError, ThrottledError } from '../appointment/errors.ts';
import { type AppointmentItem, itemOf } from './appointment-item.ts';
import { appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { historyTable } from './history-table.ts';
import { appointmentKey } from './keys.ts';
import { deadline, retryUntilDefinite } from './retry-until-definite.ts';

/** The version that a write creates, and the id of the write. */
export type Write = Pick<AppointmentItem, 'organization_id' | 'id' | 'version' | 'write_id'>;

/** The outcome of a write of one version. `replayed`: this write already created the version, in a lost attempt or an earlier request. */
export type VersionOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'replayed'; readonly stored: AppointmentItem }
  | { readonly outcome: 'conflict'; readonly latestVersion: number }
  | { readonly outcome: 'absent' };

export type Expressions = Required<
  Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>
>;

/**
 * Creates version n+1 with one conditional UpdateItem, retried only until it gets a definite result. If the condition fails,
 * DynamoDB returns the existing item, which tells what happened:
 *
 * | existing item                                                   | outcome                                          |
 * | --------------------------------------------------------------- | ------------------------------------------------ |
 * | none                                                            | absent                                           |
 * | version below n, and an attempt was lost                        | unknown: it may still commit once n exists       |
 * | version n+1 with our write_id                                   | replayed                                         |
 * | version above n+1, and an attempt was lost or there is a key    | the history record of n+1 decides, else unknown  |
 * | otherwise                                                       | conflict                                         |
 *
 * `hasIdempotencyKey`: an earlier request may have made this same write.
 * @throws ThrottledError if nothing was written, OutcomeUnknownError if the outcome is unknown
 */
export async function writeVersion(
  write: Write,
  hasIdempotencyKey: boolean,
  expressions: Expressions,
): Promise<VersionOutcome> {
  const update = new UpdateCommand({
    TableName: appointmentsTable,
    Key: { appointment_key: appointmentKey(write.organization_id, write.id) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...expressions,
  });
  const end = deadline();
  const send = () => dynamodb.send(update).then(conditionPassed, conditionFailed);
  const { output, attemptLost } = await retryUntilDefinite(send, end);
  if (output.passed) return { outcome: 'written' };
  const { existing } = output;
  // Clients learn an id only after the create succeeded, so a missing item cannot appear later.
  if (!existing) return { outcome: 'absent' };

  if (attemptLost && existing.version < write.version - 1) {
    throw new OutcomeUnknownError('a lost attempt may still commit once the version before it exists');
  }
  const overtaken = (attemptLost || hasIdempotencyKey) && existing.version > write.version;
  const stored = overtaken
    ? await historyRecordOf(write, end)
    : existing.version === write.version
      ? existing
      : undefined;
  if (stored?.write_id === write.write_id) return { outcome: 'replayed', stored };
  return { outcome: 'conflict', latestVersion: existing.version };
}

type ConditionResult =
  | { readonly passed: true }
  | { readonly passed: false; readonly existing: AppointmentItem | undefined };

function conditionPassed(): ConditionResult {
  return { passed: true };
}

function conditionFailed(error: unknown): ConditionResult {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
  return { passed: false, existing: error.Item && itemOf(unmarshall(error.Item)) };
}

/** The history record of a version that is no longer the current one. Waits until the stream has written it. */
async function historyRecordOf(write: Write, end: number): Promise<AppointmentItem> {
  const get = new GetCommand({
    TableName: historyTable,
    Key: { appointment_key: appointmentKey(write.organization_id, write.id), version: write.version },
    ConsistentRead: true,
  });
  for (;;) {
    const { output } = await retryUntilDefinite(() => dynamodb.send(get), end).catch(throwUnknown);
    if (output.Item) return itemOf(output.Item);
    await sleep(100);
  }
}

/** If the history read is throttled or refused, we cannot tell whether the write happened. */
function throwUnknown(error: unknown): never {
  const cause = error instanceof ThrottledError ? error.cause : error;
  throw new OutcomeUnknownError('the history cannot be read', { cause });
}
