import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { builtFunction, requestOf } from '../support/built-function.ts';
import { ask, endAll, type Started, started, tokenFrom } from '../support/npm-start.ts';

// Each start synthesizes the stack, which is slow on a busy machine.
jest.setTimeout(120_000);

const canary = 'CANARY-7c1f';

describe('the log of npm start in a pipe', () => {
  let stack: Started;
  let token: string;
  let id: string;

  beforeAll(async () => {
    stack = await started();
    token = await tokenFrom(stack);
    const created = await ask(stack, 'POST', '', anAppointment(), token);
    id = created.json.id;
    while (stack.lines.length < 3) await sleep(20);
  });
  afterAll(endAll);

  /** Sends requests, waits for the expected number of new lines, and returns them. */
  async function linesOf(requests: () => Promise<unknown>, expected: number) {
    const before = stack.lines.length;
    await requests();
    while (stack.lines.length < before + expected) await sleep(20);
    return stack.lines.slice(before);
  }

  it('has one line per request, with the errorName of its response', async () => {
    const lines = await linesOf(async () => {
      await ask(stack, 'PUT', `/${id}/2`, anAppointment(), token);
      await ask(stack, 'PUT', `/${id}/2`, anAppointment(), token);
      await ask(stack, 'GET', `/${id}/history`, undefined, token);
    }, 3);
    const common = { milliseconds: expect.any(Number), requestId: expect.any(String), time: expect.any(String) };
    const path = `/appointments/v1/${id}`;
    expect(lines).toEqual([
      { ...common, method: 'PUT', path: `${path}/2`, status: 200 },
      { ...common, method: 'PUT', path: `${path}/2`, status: 409, errorName: 'VersionConflictError' },
      { ...common, method: 'GET', path: `${path}/history`, status: 200 },
    ]);
  });

  it('has the path and the rule of each violation, but no value and no name of an unknown field', async () => {
    const attending_doctor = { name: { family: canary, given: canary, use: canary, [canary]: canary }, telecoms: [] };
    const body = { ...anAppointment(), status: 'NOT_READY', start_timestamp: canary, [canary]: 1, attending_doctor };
    const [line] = await linesOf(() => ask(stack, 'POST', '', body, token), 1);
    expect(line.errorName).toBe('UnprocessableEntityError');
    expect(line.violations.toSorted(byPath)).toEqual(
      [
        { path: '', rule: 'additionalProperties' },
        { path: '/attending_doctor/name', rule: 'additionalProperties' },
        { path: '/attending_doctor/name/given', rule: 'type' },
        { path: '/attending_doctor/name/use', rule: 'enum' },
        { path: '/start_timestamp', rule: 'format' },
        { path: '/work_queue', rule: 'not_ready_needs_work_queue' },
      ].toSorted(byPath),
    );
    expect(JSON.stringify(line)).not.toContain(canary);
  });

  it('has no query string, not even an encoded one', async () => {
    const lines = await linesOf(async () => {
      await ask(stack, 'DELETE', `/${id}/9?cancellation_reason=${canary}`, undefined, token);
      await ask(stack, 'DELETE', `/${id}/9%3Fcancellation_reason=${canary}`, undefined, token);
      await ask(stack, 'GET', `/nowhere/at/all%3fnotes=${canary}`, undefined, token);
      await fetch(`${stack.apiUrl}/docs?${canary}`);
    }, 4);
    expect(lines).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toContain(canary);
  });
});

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path.localeCompare(b.path);
}

describe('an unexpected error', () => {
  let database: Server;
  let url: string;

  beforeAll(async () => {
    // Supports what npm start needs, and rejects everything else.
    database = createServer((request, response) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const responses: Record<string, object> = {
        ListTables: {},
        CreateTable: {},
        DescribeTable: { Table: { TableStatus: 'ACTIVE', LatestStreamArn: 'stream' } },
        DescribeStream: { StreamDescription: { Shards: [] } },
      };
      const output = responses[operation];
      const rejection = { __type: 'x#AccessDeniedException', message: `${canary} is not allowed` };
      response.writeHead(output ? 200 : 400, { 'x-amzn-requestid': 'aws-1' }).end(JSON.stringify(output ?? rejection));
    });
    url = `http://127.0.0.1:${await listen(database)}`;
  });

  afterAll(() => {
    database.close().closeAllConnections();
  });
  afterEach(endAll);

  it('is printed by npm start with its message and a stack trace of TypeScript files', async () => {
    const stack = await started([], { AWS_ENDPOINT_URL_DYNAMODB: url });
    expect((await ask(stack, 'GET', `/${randomUUID()}`)).status).toBe(500);
    while (stack.lines.length < 4) await sleep(20);
    const { error, source } = stack.lines.find((line) => 'error' in line);
    expect(source).toBe('get-appointment');
    expect(error).toMatch(/^AccessDeniedException: CANARY-7c1f is not allowed\n/);
    expect(error).toMatch(/ \(?\/\S+\/lambda\/store\/find\.ts:\d+:\d+\)?\n/);
    expect(error).toMatch(/ \(?\/\S+\/lambda\/get-appointment\.ts:\d+:\d+\)?\n/);
  });

  it('is logged by a deployed function with its name, but without its message', async () => {
    const deployed = await builtFunction('get-appointment', url);
    await deployed.invoke(requestOf('acme', { pathParameters: { id: randomUUID() } }));
    await deployed.stop();
    expect(JSON.parse(deployed.log()).message.cause).toEqual({
      name: 'AccessDeniedException',
      metadata: { httpStatusCode: 400, requestId: 'aws-1' },
    });
    expect(deployed.log()).not.toContain(canary);
    expect(deployed.log()).not.toContain('.ts:');
  });
});

describe('npm start -- --watch', () => {
  let checkout: string;

  beforeAll(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'appointments-watch-'));
    for (const part of ['lambda', 'infra', 'openapi.json', 'package.json']) {
      await cp(part, join(checkout, part), { recursive: true });
    }
    await symlink(resolve('node_modules'), join(checkout, 'node_modules'));
  });

  afterAll(async () => {
    await endAll();
    await rm(checkout, { recursive: true });
  });

  it('loads changed code in lambda/, prints an error if it cannot, and keeps the data', async () => {
    const stack = await startedIn(checkout);
    const { json } = await ask(stack, 'POST', '', anAppointment());
    const message = async () => (await ask(stack, 'GET', `/${randomUUID()}`)).json.content.message;
    const before = await message();

    await edit('lambda/http/error-table.ts', before, 'Changed once.');
    await until(async () => (await message()) === 'Changed once.');
    await edit('lambda/http/error-table.ts', 'Changed once.', "'; oops");
    await until(async () => stack.lines.some(({ notice }) => /cannot be bundled.*error-table\.ts:\d+/s.test(notice)));
    expect(await message()).toBe('Changed once.');
    await edit('lambda/http/error-table.ts', "'; oops", 'Changed twice.');
    await until(async () => (await message()) === 'Changed twice.');

    // A change of the schema compiles the validator again.
    await edit('lambda/appointment/schema.ts', "'RETURNING_PATIENT'", "'RETURNING_PATIENT', 'WALK_IN'");
    const update = anAppointment({ work_queue: 'WALK_IN' });
    await until(async () => (await ask(stack, 'PUT', `/${json.id}/2`, update)).status === 200);
  });

  async function startedIn(cwd: string): Promise<Started> {
    const command = ['env', '-C', cwd, process.execPath, 'infra/local/start.ts', '--watch'];
    return started([], {}, command);
  }

  async function edit(path: string, from: string, to: string): Promise<void> {
    const file = join(checkout, path);
    const source = await readFile(file, 'utf8');
    expect(source).toContain(from);
    await writeFile(file, source.replace(from, to));
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await sleep(100);
  }
});
