import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Exchange, type Fault, fakeResponse, type UpdateItem } from './exchange.ts';

/**
 * Defects of the service, planted by rewriting its requests and the responses. The checker must find each of them.
 * checker.test.ts has the name that the checker gives to each.
 */
export const mutations = {
  'condition removed': async ({ update, forward, respond }) => respond(await forward(unconditional(update))),

  // As if the service did not know its own write: each attempt carries another write_id.
  'write-id check removed': async ({ update, attempt, forward, respond, reset }) => {
    const response = await forward(withValues(update, { ':write_id': { S: `attempt ${attempt}` } }));
    if (attempt === 1) reset();
    else respond(response);
  },

  // As if the service treated every conflict after a lost attempt as its own write.
  'every write-id accepted': async ({ update, attempt, forward, respond, reset }) => {
    if (attempt === 1) return reset();
    const response = await forward();
    const conditionFailed: { Item?: Record<string, AttributeValue> } = JSON.parse(response.body.toString());
    if (!conditionFailed.Item) return respond(response);
    const { ':next': version, ':write_id': write_id, ':appointment': appointment } = update.ExpressionAttributeValues;
    const Item = { ...conditionFailed.Item, version, write_id, appointment };
    return respond(fakeResponse(response.status, JSON.stringify({ ...conditionFailed, Item })));
  },

  // As if a retry were written on top of the existing version.
  'blind retry': async (exchange) => {
    const { update, attempt, forward, respond, reset } = exchange;
    if (attempt > 1) return respond(await forward(onTopOfAnyVersion(update)));
    await forward();
    return reset();
  },

  'acknowledged but unwritten': ({ respond }) => respond(fakeResponse(200, '{}')),

  // For writes with this name, the proxy returns the response of the first read to every later read.
  'stale read': passThrough,

  // As if a failed condition were explained by an eventually consistent read.
  'stale conflict': async ({ forward, respond }) => {
    const response = await forward();
    const conditionFailed: { Item?: Record<string, AttributeValue> } = JSON.parse(response.body.toString());
    if (!conditionFailed.Item) return respond(response);
    const Item = { ...conditionFailed.Item, version: { N: '1' } };
    return respond(fakeResponse(response.status, JSON.stringify({ ...conditionFailed, Item })));
  },
} satisfies Record<string, Fault>;

export type Mutation = keyof typeof mutations;

/** Forwards the attempt unchanged. */
export async function passThrough({ forward, respond }: Exchange): Promise<void> {
  respond(await forward());
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

function onTopOfAnyVersion(update: UpdateItem): UpdateItem {
  const { ExpressionAttributeValues, ...others } = unconditional(update);
  const { ':next': _, ...values } = ExpressionAttributeValues;
  return {
    ...others,
    UpdateExpression: update.UpdateExpression.replace('version = :next', 'version = version + :one'),
    ExpressionAttributeValues: { ...values, ':one': { N: '1' } },
  };
}
