import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';

export type PruneResult = {
  readonly deleted: number;
  /** How many versions of the appointments are missing in the history. */
  readonly missing: number;
};

type Key = Record<string, AttributeValue>;

/**
 * Deletes each history record whose version is above its appointment's, or whose appointment is absent. It compares versions,
 * not timestamps, because writers' clocks differ.
 */
export async function pruneHistory(
  appointmentsTable: string,
  historyTable: string,
  { dynamodb, report }: { readonly dynamodb: DynamoDBClient; readonly report: (line: string) => void },
): Promise<PruneResult> {
  let [read, deleted] = [0, 0];
  for await (const records of pages(historyTable, dynamodb)) {
    const versions = await currentVersions(appointmentsTable, new Set(records.map(keyOf)), dynamodb);
    const undone = records.filter((record) => versionOf(record) > (versions.get(keyOf(record)) ?? 0));
    await deleteItems(historyTable, undone, dynamodb);
    read += records.length;
    deleted += undone.length;
    report(`Compared ${read} records`);
  }
  let expected = 0;
  for await (const appointments of pages(appointmentsTable, dynamodb)) {
    expected += appointments.reduce((sum, appointment) => sum + versionOf(appointment), 0);
  }
  return { deleted, missing: expected - (read - deleted) };
}

/** Scans the keys and versions of a table, page by page. In the history, both together are the item's key. */
async function* pages(table: string, client: DynamoDBClient): AsyncGenerator<Key[]> {
  const scan = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      ProjectionExpression: 'appointment_key, version',
    },
  );
  for await (const { Items = [] } of scan) yield Items;
}

const batchGetLimit = 100;
const batchWriteLimit = 25;

async function currentVersions(
  table: string,
  keys: ReadonlySet<string>,
  dynamodb: DynamoDBClient,
): Promise<ReadonlyMap<string, number>> {
  const versions = new Map<string, number>();
  for (const batch of batches([...keys], batchGetLimit)) {
    let remaining: Key[] = batch.map((key) => ({ appointment_key: { S: key } }));
    while (remaining.length > 0) {
      const { Responses = {}, UnprocessedKeys = {} } = await dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: remaining, ConsistentRead: true } } }),
      );
      for (const item of Responses[table] ?? []) versions.set(keyOf(item), versionOf(item));
      remaining = UnprocessedKeys[table]?.Keys ?? [];
      if (remaining.length > 0) await sleep(retryIntervalMs);
    }
  }
  return versions;
}

async function deleteItems(table: string, keys: readonly Key[], dynamodb: DynamoDBClient): Promise<void> {
  for (const batch of batches(keys, batchWriteLimit)) {
    let requests = batch.map((Key) => ({ DeleteRequest: { Key } }));
    while (requests.length > 0) {
      const { UnprocessedItems = {} } = await dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [table]: requests } }),
      );
      requests = (UnprocessedItems[table] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key ? [{ DeleteRequest: { Key: DeleteRequest.Key } }] : [],
      );
      if (requests.length > 0) await sleep(retryIntervalMs);
    }
  }
}

// DynamoDB leaves items of a batch unprocessed when it throttles.
const retryIntervalMs = 500;

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}

function keyOf({ appointment_key }: Key): string {
  return appointment_key?.S ?? '';
}

function versionOf({ version }: Key): number {
  return Number(version?.N);
}
