import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../../infra/local/listen.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { ask, descendantsOf, endAll, ended, gone, type Started, started, tokenFrom } from '../support/npm-start.ts';

// Each start synthesizes the stack, which takes long on a busy machine.
jest.setTimeout(120_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointments-restart-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(endAll);

describe('npm start -- --data FILE, after a restart,', () => {
  it('has the appointments, accepts the tokens from before, and responds to a history at once', async () => {
    const data = join(folder, 'appointments.db');
    const ports = { PORT: String(await freePort()), AUTH_PORT: String(await freePort()) };
    const first = await started(['--data', data], ports);
    const token = await tokenFrom(first);
    const { json } = await ask(first, 'POST', '', anAppointment(), token);
    const updates = 1_000;
    for (let version = 2; version <= updates; version += 1) {
      await ask(first, 'PUT', `/${json.id}/${version}`, anAppointment({ notes: `version ${version}` }), token);
    }
    first.child.kill('SIGINT');
    await ended(first.child);
    expect((await stat(`${data}.signing-key`)).mode & 0o077).toBe(0);

    const second = await started(['--data', data], ports);
    const began = Date.now();
    const { status, json: history } = await ask(second, 'GET', `/${json.id}/history`, undefined, token);
    expect({ status, versions: history.length }).toEqual({ status: 200, versions: updates });
    expect(Date.now() - began).toBeLessThan(2_000);
    expect((await ask(second, 'PUT', `/${json.id}/${updates + 1}`, anAppointment(), token)).status).toBe(200);
    expect((await ask(second, 'GET', `/${json.id}/history`, undefined, token)).json).toHaveLength(updates + 1);
  });

  it('has a history without a gap, if it was killed between a write and its record', async () => {
    const data = join(folder, 'killed.db');
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      const stack = await started(['--data', data]);
      await expectWholeHistories(stack, acknowledged);
      const writers = Array.from({ length: 8 }, () => write(stack, acknowledged));
      await sleep(500 + Math.random() * 500);
      const database = descendantsOf(stack.child.pid);
      for (const pid of [stack.child.pid ?? 0, ...database]) process.kill(pid, 'SIGKILL');
      await gone(database);
      await Promise.all(writers);
    }
    await expectWholeHistories(await started(['--data', data]), acknowledged);
    expect(acknowledged.size).toBe(3 * 8);
  });
});

/** Creates an appointment and updates it until the stack is gone. */
async function write(stack: Started, acknowledged: Map<string, number>): Promise<void> {
  const token = await tokenFrom(stack);
  const { json } = await ask(stack, 'POST', '', anAppointment(), token);
  for (let version = 1; ; version += 1) {
    acknowledged.set(json.id, version);
    const updated = await ask(stack, 'PUT', `/${json.id}/${version + 1}`, anAppointment(), token).catch(
      () => undefined,
    );
    if (updated?.status !== 200) return;
  }
}

async function expectWholeHistories(stack: Started, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const token = await tokenFrom(stack);
  for (const [id, version] of acknowledged) {
    const { json } = await ask(stack, 'GET', `/${id}/history`, undefined, token);
    const versions = json.map((each: { version: number }) => each.version);
    expect(versions).toEqual(versions.map((_: number, n: number) => n + 1));
    // The last one that nobody was told about may have been written.
    expect([version, version + 1]).toContain(versions.length);
  }
}
