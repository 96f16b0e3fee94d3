import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Throttled, Unavailable } from '../appointment/unanswered.ts';
import { type AppointmentItem, itemOf } from './appointment-item.ts';
import { appointmentKey, appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { historyPartition, historyTable } from './history-table.ts';
import { deadline, untilAnswered } from './until-answered.ts';

/** Which version a write is to make. */
export type Write = Pick<AppointmentItem, 'organization_id' | 'id' | 'version' | 'write_id'>;

/** What became of a write. `replayed`: the version was made by this write all the same, in an attempt or a request whose answer was lost. */
export type Outcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'replayed'; readonly stored: AppointmentItem }
  | { readonly outcome: 'conflict'; readonly latestVersion: number }
  | { readonly outcome: 'absent' };

export type Expressions = Required<
  Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>
>;

/**
 * Makes a version with one conditional UpdateItem, repeated only while it goes unanswered. A failed condition carries
 * the item that stood there, so nothing is read to explain it, unless a version that was overtaken may be this write's
 * own: after an attempt without an answer, or where `replayable` says that an earlier request may have carried the same
 * Idempotency-Key.
 * @throws Throttled when nothing was written, Unavailable when that is not known
 */
export async function writeVersion(write: Write, replayable: boolean, expressions: Expressions): Promise<Outcome> {
  const update = new UpdateCommand({
    TableName: appointmentsTable,
    Key: appointmentKey(write.organization_id, write.id),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...expressions,
  });
  const end = deadline();
  const { answer, repeated } = await untilAnswered(() => dynamodb.send(update).then(held, failedCondition), end);
  if (answer.held) return { outcome: 'written' };
  // Also after an attempt without an answer: an id is known by its creation only, so none is still to come for it to find.
  if (!answer.current) return { outcome: 'absent' };

  const { current } = answer;
  if (repeated && current.version < write.version - 1) {
    // Others may still bring the version to where an attempt that is under way holds after all. Everywhere else a
    // definite answer shuts that out: the version has left the one that the condition names for good.
    throw new Unavailable('an attempt without an answer may still be carried out');
  }
  const overtaken = (repeated || replayable) && current.version > write.version;
  const stored = overtaken ? await recordOf(write, end) : current.version === write.version ? current : undefined;
  if (stored?.write_id === write.write_id) return { outcome: 'replayed', stored };
  return { outcome: 'conflict', latestVersion: current.version };
}

type Condition = { readonly held: true } | { readonly held: false; readonly current: AppointmentItem | undefined };

function held(): Condition {
  return { held: true };
}

function failedCondition(error: unknown): Condition {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
  return { held: false, current: error.Item && itemOf(unmarshall(error.Item)) };
}

/** The record of a version that was overtaken: its place in the history, which the stream may still have to bring up to date. */
async function recordOf(write: Write, end: number): Promise<AppointmentItem> {
  const get = new GetCommand({
    TableName: historyTable,
    Key: { appointment_key: historyPartition(write.organization_id, write.id), version: write.version },
    ConsistentRead: true,
  });
  for (;;) {
    const { answer } = await untilAnswered(() => dynamodb.send(get), end).catch(notKnown);
    if (answer.Item) return itemOf(answer.Item);
    await sleep(100);
  }
}

/** Whether the write was done hangs on a read that came to nothing: throttled or refused, that says nothing about the write. */
function notKnown(error: unknown): never {
  const cause = error instanceof Throttled ? error.cause : error;
  throw new Unavailable('the history does not tell', { cause });
}
