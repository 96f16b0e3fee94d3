import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { ThrottledError } from '../appointment/errors.ts';
import { type AppointmentItem, itemOf } from './appointment-item.ts';
import { appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { retryUntilDefinite } from './retry-until-definite.ts';

/** DynamoDB's limit of keys in one BatchGetItem. */
export const maxBatch = 100;

/**
 * Reads the current items of 1 to `maxBatch` appointments, by key. The result omits appointments that do not exist.
 * @throws ThrottledError if DynamoDB leaves keys unprocessed until `end`, OutcomeUnknownError if it does not respond
 */
export async function currentItems(keys: Iterable<string>, end: number): Promise<ReadonlyMap<string, AppointmentItem>> {
  const items = new Map<string, AppointmentItem>();
  let unprocessed: Record<string, unknown>[] = [...new Set(keys)].map((appointment_key) => ({ appointment_key }));
  for (let attempt = 0; ; attempt += 1) {
    const get = new BatchGetCommand({
      RequestItems: { [appointmentsTable]: { Keys: unprocessed, ConsistentRead: true } },
    });
    const { output } = await retryUntilDefinite(() => dynamodb.send(get), end);
    const found = output.Responses?.[appointmentsTable] ?? [];
    for (const attributes of found) items.set(attributes.appointment_key, itemOf(attributes));
    unprocessed = output.UnprocessedKeys?.[appointmentsTable]?.Keys ?? [];
    if (unprocessed.length === 0) return items;
    // DynamoDB leaves keys unprocessed if it throttles, or if the response would exceed 16 MB.
    const pause = found.length > 0 ? 0 : Math.random() * Math.min(50 * 2 ** attempt, 1_000);
    if (Date.now() + pause >= end) throw new ThrottledError('keys are still unprocessed');
    await sleep(pause);
  }
}
