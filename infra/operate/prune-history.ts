import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';

export type PruneResult = {
  readonly deleted: number;
  /** How many versions of the appointments the history lacks. */
  readonly missing: number;
};

type Item = Readonly<Record<string, AttributeValue>>;
type Key = Record<string, AttributeValue>;

/**
 * Deletes each history record whose version is above its appointment's, or whose appointment is absent. Versions decide, not
 * timestamps: writers' clocks differ. A record has all attributes of its appointment, so both tables' own key schemas say
 * where an appointment and a record are.
 */
export async function pruneHistory(
  appointmentsTable: string,
  historyTable: string,
  { dynamodb, report }: { readonly dynamodb: DynamoDBClient; readonly report: (line: string) => void },
): Promise<PruneResult> {
  const appointmentKey = await keyOf(appointmentsTable, dynamodb);
  const recordKey = await keyOf(historyTable, dynamodb);
  let [read, deleted] = [0, 0];
  for await (const records of pages(historyTable, [...appointmentKey, ...recordKey], dynamodb)) {
    const keys = new Map(records.map((record) => [identity(record, appointmentKey), pick(record, appointmentKey)]));
    const versions = await currentVersions(appointmentsTable, keys, appointmentKey, dynamodb);
    const undone = records.filter(
      (record) => versionOf(record) > (versions.get(identity(record, appointmentKey)) ?? 0),
    );
    await deleteItems(
      historyTable,
      undone.map((record) => pick(record, recordKey)),
      dynamodb,
    );
    deleted += undone.length;
    const before = Math.floor(read / reportInterval);
    read += records.length;
    if (Math.floor(read / reportInterval) > before) report(`Compared ${read} records`);
  }
  let expected = 0;
  for await (const appointments of pages(appointmentsTable, ['version'], dynamodb)) {
    expected += appointments.reduce((sum, appointment) => sum + versionOf(appointment), 0);
  }
  return { deleted, missing: expected - (read - deleted) };
}

async function keyOf(table: string, dynamodb: DynamoDBClient): Promise<readonly string[]> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
  return (Table?.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []);
}

/** The items of a table, page by page, with these attributes alone. */
async function* pages(table: string, attributes: readonly string[], client: DynamoDBClient): AsyncGenerator<Item[]> {
  const scan = paginateScan({ client }, { TableName: table, ConsistentRead: true, ...projection(attributes) });
  for await (const { Items = [] } of scan) yield Items;
}

const reportInterval = 10_000;
const batchGetLimit = 100;
const batchWriteLimit = 25;

async function currentVersions(
  table: string,
  keys: ReadonlyMap<string, Key>,
  keyAttributes: readonly string[],
  dynamodb: DynamoDBClient,
): Promise<ReadonlyMap<string, number>> {
  const versions = new Map<string, number>();
  const read = { ConsistentRead: true, ...projection([...keyAttributes, 'version']) };
  for (const batch of batches([...keys.values()], batchGetLimit)) {
    for (let rest: Key[] = batch; rest.length > 0; ) {
      const { Responses = {}, UnprocessedKeys = {} } = await dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { ...read, Keys: rest } } }),
      );
      for (const item of Responses[table] ?? []) versions.set(identity(item, keyAttributes), versionOf(item));
      rest = UnprocessedKeys[table]?.Keys ?? [];
      if (rest.length > 0) await sleep(retryInterval);
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
      if (requests.length > 0) await sleep(retryInterval);
    }
  }
}

// Milliseconds until what DynamoDB left unprocessed is sent again: it throttles.
const retryInterval = 500;

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}

/** These attributes alone. An attribute may have a name that DynamoDB reserves. */
function projection(attributes: readonly string[]) {
  const names = new Map([...new Set(attributes)].map((name, n) => [`#${n}`, name]));
  return { ProjectionExpression: [...names.keys()].join(), ExpressionAttributeNames: Object.fromEntries(names) };
}

function pick(item: Item, attributes: readonly string[]): Key {
  return Object.fromEntries(attributes.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

function identity(item: Item, attributes: readonly string[]): string {
  return JSON.stringify(attributes.map((name) => item[name]));
}

function versionOf({ version }: Item): number {
  return Number(version?.N);
}
