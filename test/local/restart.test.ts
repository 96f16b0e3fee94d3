import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../../infra/local/listen.ts';
import { appointmentKey } from '../../lambda/store/keys.ts';
import { anAppointment } from '../support/an-appointment.ts';
import {
  ask,
  descendantsOf,
  endAll,
  type Started,
  started,
  tokenFrom,
  waitForExit,
  waitUntilGone,
} from '../support/npm-start.ts';

// Each start synthesizes the stack, which is slow on a busy machine.
jest.setTimeout(120_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointments-restart-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(endAll);

describe('npm start -- --data FILE after a restart', () => {
  it('has the appointments, accepts tokens from before, and continues the history', async () => {
    const data = join(folder, 'appointments.db');
    const ports = { PORT: String(await freePort()), AUTH_PORT: String(await freePort()) };
    const first = await started(['--data', data], ports);
    const token = await tokenFrom(first);
    const [{ id }, { id: otherId }] = [await created(first, token), await created(first, token)];
    for (const each of [id, otherId]) await ask(first, 'PUT', `/${each}/2`, anAppointment(), token);
    expect((await ask(first, 'GET', `/${otherId}/history`, undefined, token)).json).toHaveLength(2);
    // A stream reader that started from the beginning would write this record again.
    await deleteRecord(first.databaseUrl, otherId, 1);
    await sleep(500);
    first.child.kill('SIGINT');
    await waitForExit(first.child);
    expect((await stat(`${data}.signing-key`)).mode & 0o077).toBe(0);

    const second = await started(['--data', data], ports);
    expect((await ask(second, 'PUT', `/${id}/3`, anAppointment({ notes: 'after' }), token)).status).toBe(200);
    expect((await ask(second, 'GET', `/${id}/history`, undefined, token)).json).toHaveLength(3);
    expect(await recordsOf(second.databaseUrl, otherId)).toEqual([2]);
  });

  it('has a complete history, even if it was killed between a write and its history record', async () => {
    const data = join(folder, 'killed.db');
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      const stack = await started(['--data', data]);
      await expectCompleteHistories(stack, acknowledged);
      const writers = Array.from({ length: 8 }, () => write(stack, acknowledged));
      await sleep(500 + Math.random() * 500);
      const database = descendantsOf(stack.child.pid);
      for (const pid of [stack.child.pid ?? 0, ...database]) process.kill(pid, 'SIGKILL');
      await waitUntilGone(database);
      await Promise.allSettled(writers);
    }
    await expectCompleteHistories(await started(['--data', data]), acknowledged);
    expect(acknowledged.size).toBeGreaterThan(0);
  });
});

async function created(stack: Started, token: string): Promise<{ id: string }> {
  return (await ask(stack, 'POST', '', anAppointment(), token)).json;
}

function database(endpoint: string): DynamoDBDocumentClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }));
}

async function historyOf(endpoint: string) {
  const { TableNames = [] } = await database(endpoint).send(new ListTablesCommand({}));
  const TableName = TableNames.find((name) => name.startsWith('History'));
  const { Items = [] } = await database(endpoint).send(new ScanCommand({ TableName }));
  return { TableName, Items };
}

async function deleteRecord(endpoint: string, id: string, version: number): Promise<void> {
  const { TableName } = await historyOf(endpoint);
  const Key = { appointment_key: appointmentKey('acme', id), version };
  await database(endpoint).send(new DeleteCommand({ TableName, Key }));
}

/** The versions in the history table. */
async function recordsOf(endpoint: string, id: string): Promise<number[]> {
  const { Items } = await historyOf(endpoint);
  return Items.filter((item) => item.appointment_key === appointmentKey('acme', id)).map(({ version }) => version);
}

/** Creates an appointment and updates it until the stack stops. */
async function write(stack: Started, acknowledged: Map<string, number>): Promise<void> {
  const token = await tokenFrom(stack);
  const { id } = await created(stack, token);
  for (let version = 1; ; version += 1) {
    acknowledged.set(id, version);
    const { status } = await ask(stack, 'PUT', `/${id}/${version + 1}`, anAppointment(), token);
    if (status !== 200) return;
  }
}

async function expectCompleteHistories(stack: Started, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const token = await tokenFrom(stack);
  for (const [id, version] of acknowledged) {
    const { json } = await ask(stack, 'GET', `/${id}/history`, undefined, token);
    const versions = json.map((each: { version: number }) => each.version);
    expect(versions).toEqual(versions.map((_: number, n: number) => n + 1));
    // The last update may have been written without a response.
    expect([version, version + 1]).toContain(versions.length);
  }
}
