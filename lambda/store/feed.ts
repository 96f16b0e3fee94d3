import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { feedKeys } from './keys.ts';
import { retryUntilDefinite } from './retry-until-definite.ts';

/** An entry of the index `updates`: the appointment changed at that time. The index lags, so the appointment may have changed again. */
export type FeedEntry = { readonly appointment_key: string; readonly updated_at: string };

/** How many entries one query returns. They fit into 4 KB, which cost half a read unit. */
const entriesPerQuery = 20;

/**
 * The entries of an organization between two times (UTC, milliseconds), oldest first, merged from its shards. Sends no request
 * after `end`.
 */
export async function* feedBetween(
  organizationId: string,
  since: string,
  until: string,
  end: number,
): AsyncGenerator<FeedEntry> {
  const shards = feedKeys(organizationId).map((shard) => entriesOf(shard, since, until, end));
  // Query all shards in parallel: any of them may have the oldest entry.
  let heads = (await Promise.all(shards.map(headOf))).flat();
  while (heads.length > 0) {
    const oldest = heads.reduce((a, b) => (b.entry.updated_at < a.entry.updated_at ? b : a));
    yield oldest.entry;
    const next = await headOf(oldest.entries);
    heads = heads.flatMap((head) => (head === oldest ? next : head));
  }
}

type Head = { readonly entry: FeedEntry; readonly entries: AsyncGenerator<FeedEntry> };

/** The next entry of a shard; empty at the end of the shard. */
async function headOf(entries: AsyncGenerator<FeedEntry>): Promise<Head[]> {
  const { done, value } = await entries.next();
  return done ? [] : [{ entry: value, entries }];
}

async function* entriesOf(shard: string, since: string, until: string, end: number): AsyncGenerator<FeedEntry> {
  let start: Record<string, unknown> | undefined;
  do {
    const query = new QueryCommand({
      TableName: appointmentsTable,
      IndexName: 'updates',
      KeyConditionExpression: 'feed_key = :shard AND updated_at BETWEEN :since AND :until',
      ExpressionAttributeValues: { ':shard': shard, ':since': since, ':until': until },
      Limit: entriesPerQuery,
      ...(start && { ExclusiveStartKey: start }),
    });
    const { output } = await retryUntilDefinite(() => dynamodb.send(query), end);
    for (const { appointment_key, updated_at } of output.Items ?? []) yield { appointment_key, updated_at };
    start = output.LastEvaluatedKey;
  } while (start);
}
