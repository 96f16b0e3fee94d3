import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumedCapacity, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { commandLine } from '../../infra/command-line.ts';
import { startLocalStack } from '../../infra/local/local-stack.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { startAmazonsDynamodb } from '../support/amazons-dynamodb.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created } from '../support/api.ts';
import { anItem, database, putItems } from '../support/table.ts';
import { type MeteredCall, startMeter } from './meter.ts';

const help = `npm run cost

Prints the capacity units of each route, as Amazon's DynamoDB Local counts them, and at which load partitions throttle.
It needs Java 11 or newer.`;

commandLine(help, {});

/** Sizes of an item, in KB. */
const sizes = [0.5, 1.5, 3.5, 200];
const fullPage = 100;
/** Units of a Query that finds nothing on AWS. DynamoDB Local counts none. */
const minQueryUnits = 0.5;
/** US dollars per read unit, on demand, in us-east-1. */
const readPrice = 0.125e-6;
/** One poll every 5 seconds. */
const pollsPerMonth = (730 * 3_600) / 5;

const dynamodb = await startAmazonsDynamodb().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
const meter = await startMeter(dynamodb);
const stack = await startLocalStack({ port: 0, authPort: 0, dynamodb: meter.url, log: silentLog });
Object.assign(process.env, { API_URL: stack.apiUrl, AUTH_URL: stack.authUrl, DYNAMODB_URL: dynamodb });

const dynamodbClient = database();
const oldTable = await createOldTable();

console.log(
  '\nWrite units: table + index + history. Old keys: partitions by organization, and an index with whole appointments.',
);
console.log(row('', sizes.map(kilobytes)));
await printRow('create', async (size) => writeUnits(await callsOfWrite(() => created(bodyOf(size)))));
await printRow('update', async (size) => {
  const { id } = await created(bodyOf(size));
  return writeUnits(await callsOfWrite(() => call('PUT', `/${id}/2`, { body: bodyOf(size) })));
});
await printRow('  with the old keys', oldUpdate);
await printRow('deactivate', async (size) => {
  const { id } = await created(bodyOf(size));
  return writeUnits(await callsOfWrite(() => call('DELETE', `/${id}/1`)));
});
console.log('Not measured: a 409. AWS charges a failed condition like a write of the existing item to the table.');

console.log('\nRead units, and the number of DynamoDB calls in parentheses');
console.log(row('', sizes.map(kilobytes)));
await printRow('get', async (size) => {
  const { id } = await created(bodyOf(size));
  return readUnits(await callsOfRead(() => call('GET', `/${id}`)));
});
await printRow('history of 10 versions', async (size) => {
  const { id } = await created(bodyOf(size));
  for (let version = 2; version <= 10; version += 1) {
    await callsOfWrite(() => call('PUT', `/${id}/${version}`, { body: bodyOf(size) }));
  }
  return readUnits(await callsOfRead(() => call('GET', `/${id}/history`)));
});
await printRow('scan, a full page', async (size) => {
  await putItems(
    Array.from({ length: fullPage + 1 }, (_, n) => anItem({ appointment: bodyOf(size), updated_at: stamp(size, n) })),
  );
  return readUnits(await callsOfRead(() => call('GET', `/updates/scan?since=${stamp(size, 0)}`)));
});
await printRow('  with the old keys', oldScan);

const poll = await callsOfRead(() => call('GET', `/updates/scan?since=${new Date(Date.now() + 1_000).toISOString()}`));
console.log(
  `\nscan, an empty page      ${readUnits(poll)}; with the old keys ${readUnits(await oldQuery('empty', stamp(0, 0)))}`,
);
console.log(
  `100 organizations that poll every 5 s: $${dollarsPerMonth(poll)} a month; with the old keys $${dollarsPerMonth(await oldQuery('empty', stamp(0, 0)))}`,
);
await stack.stop();
meter.stop();
await import('./partitions.ts');
process.exit();

async function printRow(title: string, measure: (size: number) => Promise<string>): Promise<void> {
  const figures: string[] = [];
  for (const size of sizes) figures.push(await measure(size));
  console.log(row(title, figures));
}

/** Sends a request that reads, and returns its DynamoDB calls. */
async function callsOfRead(request: () => Promise<unknown>): Promise<readonly MeteredCall[]> {
  const start = meter.calls.length;
  await request();
  // A PutItem records an earlier write in the history.
  return meter.calls.slice(start).filter(({ operation }) => operation !== 'PutItem');
}

/** Sends a request that writes, and returns its DynamoDB calls, including the one that records the version. */
async function callsOfWrite(request: () => Promise<unknown>): Promise<readonly MeteredCall[]> {
  await historyComplete();
  const start = meter.calls.length;
  await request();
  await historyComplete();
  return meter.calls.slice(start);
}

async function historyComplete(): Promise<void> {
  const count = (operation: string) => meter.calls.filter((call) => call.operation === operation).length;
  while (count('PutItem') < count('UpdateItem')) await sleep(20);
}

function writeUnits(calls: readonly MeteredCall[]): string {
  const update = calls.find(({ operation }) => operation === 'UpdateItem');
  const put = calls.find(({ operation }) => operation === 'PutItem');
  return sum([...tableAndIndex(update?.consumed), put?.consumed.CapacityUnits ?? Number.NaN]);
}

function tableAndIndex(consumed: ConsumedCapacity | undefined): number[] {
  return [consumed?.Table?.CapacityUnits, consumed?.GlobalSecondaryIndexes?.updates?.CapacityUnits].map(
    (units) => units ?? Number.NaN,
  );
}

function sum(parts: readonly number[]): string {
  return `${parts.join(' + ')} = ${parts.reduce((a, b) => a + b)}`;
}

function readUnits(calls: readonly MeteredCall[]): string {
  return `${unitsOf(calls)} (${calls.length})`;
}

function unitsOf(calls: readonly MeteredCall[]): number {
  return calls.reduce((units, { operation, consumed: { CapacityUnits = 0 } }) => {
    return units + (operation === 'Query' ? Math.max(CapacityUnits, minQueryUnits) : CapacityUnits);
  }, 0);
}

function dollarsPerMonth(calls: readonly MeteredCall[]): string {
  return (100 * pollsPerMonth * unitsOf(calls) * readPrice).toFixed(2);
}

/** Creates a table with the old keys: partitions by organization, and an index of whole items with the same partitions. */
async function createOldTable(): Promise<string> {
  const TableName = 'OldKeys';
  const types = ['organization_id', 'id', 'updated_at'];
  await dynamodbClient.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: types.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'organization_id', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'updates',
          KeySchema: [
            { AttributeName: 'organization_id', KeyType: 'HASH' },
            { AttributeName: 'updated_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  return TableName;
}

async function oldUpdate(size: number): Promise<string> {
  const { appointment_key: _, feed_key: __, updated_at: ___, ...item } = anItem({ appointment: bodyOf(size) });
  const Key = { organization_id: 'acme', id: randomUUID() };
  await dynamodbClient.send(
    new PutCommand({ TableName: oldTable, Item: { ...item, ...Key, updated_at: stamp(size, 0) } }),
  );
  const { ConsumedCapacity } = await dynamodbClient.send(
    new UpdateCommand({
      TableName: oldTable,
      Key,
      UpdateExpression: 'SET version = :next, updated_at = :now',
      ExpressionAttributeValues: { ':next': 2, ':now': stamp(size, 1) },
      ReturnConsumedCapacity: 'INDEXES',
    }),
  );
  // The history's keys are the same: it stores the item once more.
  return sum([...tableAndIndex(ConsumedCapacity), Math.ceil(size)]);
}

async function oldScan(size: number): Promise<string> {
  const organization_id = `of ${size} KB`;
  for (let n = 0; n <= fullPage; n += 1) {
    const { appointment_key: _, feed_key: __, ...item } = anItem({ appointment: bodyOf(size) });
    const Item = { ...item, organization_id, id: randomUUID(), updated_at: stamp(size, n) };
    await dynamodbClient.send(new PutCommand({ TableName: oldTable, Item }));
  }
  return readUnits(await oldQuery(organization_id, stamp(size, 0)));
}

/** The queries of one page. DynamoDB returns at most 1 MB per query, the service at most 5 MB per page. */
async function oldQuery(organization: string, since: string): Promise<readonly MeteredCall[]> {
  const calls: MeteredCall[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { ConsumedCapacity = {}, LastEvaluatedKey } = await dynamodbClient.send(
      new QueryCommand({
        TableName: oldTable,
        IndexName: 'updates',
        KeyConditionExpression: 'organization_id = :organization AND updated_at >= :since',
        ExpressionAttributeValues: { ':organization': organization, ':since': since },
        Limit: fullPage + 1,
        ReturnConsumedCapacity: 'INDEXES',
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    calls.push({ operation: 'Query', consumed: ConsumedCapacity });
    start = LastEvaluatedKey;
  } while (start && calls.length < 6);
  return calls;
}

/** A body whose item has about that size. The other attributes take 400 bytes. */
function bodyOf(size: number): Record<string, unknown> {
  const half = 'n'.repeat((size * 1_024 - 420) / 2);
  return anAppointment({ status: 'PENDING', notes: half, appointment_details: half });
}

/** The n-th millisecond of a day in the past. Each size has its own day. */
function stamp(size: number, n: number): string {
  return new Date(Date.parse('2026-03-02T09:00:00.000Z') + size * 86_400_000 + n).toISOString();
}

function kilobytes(size: number): string {
  return `${size} KB`;
}

function row(title: string, figures: readonly string[]): string {
  return title.padEnd(26) + figures.map((figure) => figure.padEnd(24)).join('');
}
