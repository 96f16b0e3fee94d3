import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumedCapacity, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { helpOnRequest } from '../../infra/command-line.ts';
import { startLocalStack } from '../../infra/local/local-stack.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { startAmazonsDynamodb } from '../support/amazons-dynamodb.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created } from '../support/api.ts';
import { anItem, database, putItems } from '../support/table.ts';
import { type MeteredCall, startMeter } from './meter.ts';

helpOnRequest(`npm run cost

Prints the capacity units of each outcome, as Amazon's DynamoDB Local counts them (it needs Java 11 or newer), and where
partitions throttle.`);

/** KB of an item. */
const sizes = [0.5, 1.5, 3.5, 200];
/** Changes of a full page. */
const page = 100;
/** Units of a Query that finds nothing: DynamoDB Local counts none, AWS this many. */
const leastOfQuery = 0.5;
/** Dollars of a read unit, on demand, us-east-1. */
const readPrice = 0.125e-6;
const pollsOfMonth = (730 * 3_600) / 5;

const dynamodb = await startAmazonsDynamodb().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
const meter = await startMeter(dynamodb);
const stack = await startLocalStack({ port: 0, authPort: 0, dynamodb: meter.url, log: silentLog });
Object.assign(process.env, { API_URL: stack.apiUrl, AUTH_URL: stack.authUrl, DYNAMODB_URL: dynamodb });

const old = database();
const oldTable = await createOldTable();

console.log(
  '\nWrite units: table + index + history. The old keys: the organization, with whole appointments in the index.',
);
console.log(row('', sizes.map(kilobytes)));
await print('create', async (size) => writeUnits(await written(() => created(bodyOf(size)))));
await print('update', async (size) => {
  const { id } = await created(bodyOf(size));
  return writeUnits(await written(() => call('PUT', `/${id}/2`, { body: bodyOf(size) })));
});
await print('  with the old keys', oldUpdate);
await print('deactivate', async (size) => {
  const { id } = await created(bodyOf(size));
  return writeUnits(await written(() => call('DELETE', `/${id}/1`)));
});
console.log('A 409 has no figure here: AWS charges a failed condition what a write of the item in the table costs.');

console.log('\nRead units, and calls of DynamoDB');
console.log(row('', sizes.map(kilobytes)));
await print('get', async (size) => {
  const { id } = await created(bodyOf(size));
  return readUnits(await callsOf(() => call('GET', `/${id}`)));
});
await print('history of 10 versions', async (size) => {
  const { id } = await created(bodyOf(size));
  for (let version = 2; version <= 10; version += 1) {
    await written(() => call('PUT', `/${id}/${version}`, { body: bodyOf(size) }));
  }
  return readUnits(await callsOf(() => call('GET', `/${id}/history`)));
});
await print('scan: a full page', async (size) => {
  await putItems(
    Array.from({ length: page + 1 }, (_, n) => anItem({ appointment: bodyOf(size), updated_at: stamp(size, n) })),
  );
  return readUnits(await callsOf(() => call('GET', `/updates/scan?since=${stamp(size, 0)}`)));
});
await print('  with the old keys', oldScan);

const poll = await callsOf(() => call('GET', `/updates/scan?since=${new Date(Date.now() + 1_000).toISOString()}`));
console.log(
  `\nscan: an empty poll      ${readUnits(poll)}; with the old keys ${readUnits(await oldQuery('empty', stamp(0, 0)))}`,
);
console.log(
  `100 organizations that poll every 5 s, for a month: $${dollarsOf(poll)}; with the old keys $${dollarsOf(await oldQuery('empty', stamp(0, 0)))}`,
);
await stack.stop();
meter.stop();
await import('./partitions.ts');
process.exit();

async function print(outcome: string, figure: (size: number) => Promise<string>): Promise<void> {
  const figures: string[] = [];
  for (const size of sizes) figures.push(await figure(size));
  console.log(row(outcome, figures));
}

/** Sends a request that reads, and returns the calls of DynamoDB that it made. */
async function callsOf(request: () => Promise<unknown>): Promise<readonly MeteredCall[]> {
  const start = meter.calls.length;
  await request();
  // Those of the stream are about earlier writes.
  return meter.calls.slice(start).filter(({ operation }) => operation !== 'PutItem');
}

/** Sends a request that writes, and returns its calls and the one that records the version. */
async function written(request: () => Promise<unknown>): Promise<readonly MeteredCall[]> {
  await recorded();
  const start = meter.calls.length;
  await request();
  await recorded();
  return meter.calls.slice(start);
}

async function recorded(): Promise<void> {
  const count = (operation: string) => meter.calls.filter((one) => one.operation === operation).length;
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
    return units + (operation === 'Query' ? Math.max(CapacityUnits, leastOfQuery) : CapacityUnits);
  }, 0);
}

function dollarsOf(calls: readonly MeteredCall[]): string {
  return (100 * pollsOfMonth * unitsOf(calls) * readPrice).toFixed(2);
}

/** A table as it was before: partitions by organization, and an index with one partition for each, of whole items. */
async function createOldTable(): Promise<string> {
  const TableName = 'OldKeys';
  const types = ['organization_id', 'id', 'updated_at'];
  await old.send(
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
  await old.send(new PutCommand({ TableName: oldTable, Item: { ...item, ...Key, updated_at: stamp(size, 0) } }));
  const { ConsumedCapacity } = await old.send(
    new UpdateCommand({
      TableName: oldTable,
      Key,
      UpdateExpression: 'SET version = :next, updated_at = :now',
      ExpressionAttributeValues: { ':next': 2, ':now': stamp(size, 1) },
      ReturnConsumedCapacity: 'INDEXES',
    }),
  );
  // The history has not changed: what the table stores, it stores once more.
  return sum([...tableAndIndex(ConsumedCapacity), Math.ceil(size)]);
}

async function oldScan(size: number): Promise<string> {
  const organization_id = `of ${size} KB`;
  for (let n = 0; n <= page; n += 1) {
    const { appointment_key: _, feed_key: __, ...item } = anItem({ appointment: bodyOf(size) });
    const Item = { ...item, organization_id, id: randomUUID(), updated_at: stamp(size, n) };
    await old.send(new PutCommand({ TableName: oldTable, Item }));
  }
  return readUnits(await oldQuery(organization_id, stamp(size, 0)));
}

/** The queries of a page: DynamoDB ends each at 1 MB, the service at 5 MB. */
async function oldQuery(organization: string, since: string): Promise<readonly MeteredCall[]> {
  const calls: MeteredCall[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { ConsumedCapacity = {}, LastEvaluatedKey } = await old.send(
      new QueryCommand({
        TableName: oldTable,
        IndexName: 'updates',
        KeyConditionExpression: 'organization_id = :organization AND updated_at >= :since',
        ExpressionAttributeValues: { ':organization': organization, ':since': since },
        Limit: page + 1,
        ReturnConsumedCapacity: 'INDEXES',
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    calls.push({ operation: 'Query', consumed: ConsumedCapacity });
    start = LastEvaluatedKey;
  } while (start && calls.length < 6);
  return calls;
}

/** A body whose item has about that many KB: its keys and stamps are 400 bytes. */
function bodyOf(size: number): Record<string, unknown> {
  const half = 'n'.repeat((size * 1_024 - 420) / 2);
  return anAppointment({ status: 'PENDING', notes: half, appointment_details: half });
}

/** The n-th millisecond of a day long past, another for each size. */
function stamp(size: number, n: number): string {
  return new Date(Date.parse('2026-03-02T09:00:00.000Z') + size * 86_400_000 + n).toISOString();
}

function kilobytes(size: number): string {
  return `${size} KB`;
}

function row(outcome: string, figures: readonly string[]): string {
  return outcome.padEnd(26) + figures.map((figure) => figure.padEnd(24)).join('');
}
