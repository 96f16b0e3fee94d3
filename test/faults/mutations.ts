import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Exchange, type Fault, made, type UpdateItem } from './exchange.ts';

/**
 * Defects of the service, planted by rewriting what it sends and what it hears: the checker has to find each of them.
 * What it is to call them is beside them in checker.test.ts.
 */
export const mutations = {
  'condition removed': async ({ update, forward, answer }) => answer(await forward(unconditional(update))),

  // As if the service did not know its own write: each attempt carries another write_id.
  'write-id check removed': async ({ update, attempt, forward, answer, reset }) => {
    const reply = await forward(withValues(update, { ':write_id': { S: `attempt ${attempt}` } }));
    if (attempt === 1) reset();
    else answer(reply);
  },

  // As if it took every conflict after a lost answer for its own write.
  'every write-id accepted': async ({ update, attempt, forward, answer, reset }) => {
    if (attempt === 1) return reset();
    const reply = await forward();
    const refused: { Item?: Record<string, AttributeValue> } = JSON.parse(reply.body.toString());
    if (!refused.Item) return answer(reply);
    const { ':next': version, ':write_id': write_id, ':appointment': appointment } = update.ExpressionAttributeValues;
    const Item = { ...refused.Item, version, write_id, appointment };
    return answer(made(reply.status, JSON.stringify({ ...refused, Item })));
  },

  // As if a repeated attempt were written on top of whatever is there.
  'blind retry': async (exchange) => {
    const { update, attempt, forward, answer, reset } = exchange;
    if (attempt > 1) return answer(await forward(onTop(update)));
    await forward();
    return reset();
  },

  'acknowledged but unwritten': ({ answer }) => answer(made(200, '{}')),

  // The proxy answers every read of what is written under this name with what it answered the first time.
  'stale read': passThrough,

  // As if a failed condition were explained by a read that may be old.
  'stale conflict': async ({ forward, answer }) => {
    const reply = await forward();
    const refused: { Item?: Record<string, AttributeValue> } = JSON.parse(reply.body.toString());
    if (!refused.Item) return answer(reply);
    const Item = { ...refused.Item, version: { N: '1' } };
    return answer(made(reply.status, JSON.stringify({ ...refused, Item })));
  },
} satisfies Record<string, Fault>;

export type Mutation = keyof typeof mutations;

/** Not a fault at all. */
export async function passThrough({ forward, answer }: Exchange): Promise<void> {
  answer(await forward());
}

function withValues(update: UpdateItem, values: Record<string, AttributeValue>): UpdateItem {
  return { ...update, ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...values } };
}

function unconditional({
  ConditionExpression: _,
  ReturnValuesOnConditionCheckFailure: __,
  ExpressionAttributeValues: { ':prev': ___, ...values },
  ...update
}: UpdateItem): UpdateItem {
  return { ...update, ExpressionAttributeValues: values };
}

function onTop(update: UpdateItem): UpdateItem {
  const { ExpressionAttributeValues, ...others } = unconditional(update);
  const { ':next': _, ...values } = ExpressionAttributeValues;
  return {
    ...others,
    UpdateExpression: update.UpdateExpression.replace('version = :next', 'version = version + :one'),
    ExpressionAttributeValues: { ...values, ':one': { N: '1' } },
  };
}
