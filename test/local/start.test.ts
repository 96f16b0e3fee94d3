import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { localClients } from '../../infra/local/local-issuer.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { send } from '../support/api.ts';

// Each start synthesizes the stack anew, which takes long on a busy machine.
jest.setTimeout(60_000);

let folder: string;
const running = new Set<ChildProcessWithoutNullStreams>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointments-start-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => {
  for (const child of running) child.kill();
});

/** `npm start` on free ports, as a process of its own. */
function start(args: string[] = [], environment: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, ['infra/local/start.ts', ...args], {
    env: { PATH: process.env.PATH, PORT: '0', AUTH_PORT: '0', ...environment },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

type Started = { child: ChildProcessWithoutNullStreams; printed: string; apiUrl: string; tokenUrl: string };

async function started(args: string[] = [], environment: Record<string, string> = {}): Promise<Started> {
  const child = start(args, environment);
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  while (!printed.includes('One line a request:')) {
    if (!running.has(child)) throw new Error(`It ended: ${printed}`);
    await sleep(20);
  }
  const [, apiUrl = ''] = /API +(\S+)/.exec(printed) ?? [];
  const [, tokenUrl = ''] = /Tokens +(\S+)/.exec(printed) ?? [];
  return { child, printed, apiUrl, tokenUrl };
}

/** The processes that a process has started. */
function childrenOf(pid: number | undefined): number[] {
  const table = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/).map(Number));
  return rows.flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<unknown> {
  if (running.has(child)) await once(child, 'exit');
  return child.exitCode;
}

async function ask({ tokenUrl, apiUrl }: Started, method: string, path: string, body?: unknown) {
  const { json } = await send('POST', tokenUrl, { body: { client_id: 'acme', client_secret: 'acme-secret' } });
  return send(method, `${apiUrl}/appointments/v1${path}`, {
    token: json.access_token,
    ...(body !== undefined && { body }),
  });
}

describe('npm start', () => {
  it('prints where it listens, its clients, and commands that work', async () => {
    const { child, printed, apiUrl, tokenUrl } = await started();
    expect(apiUrl).toMatch(/^http:\/\/localhost:\d+$/);
    expect(tokenUrl).toMatch(/^http:\/\/localhost:\d+\/api\/auth\/v2\/token$/);
    expect(printed).toContain('dynoxide, in memory');
    for (const { id, secret, scope } of localClients) {
      expect(printed).toMatch(new RegExp(`${id} / ${secret} .*${scope}`));
    }
    const [, commands = ''] = /copy this into another terminal:\n(.*)\nCtrl-C/s.exec(printed) ?? [];
    const output = execFileSync('sh', ['-c', commands], { encoding: 'utf8' });
    expect(output).toContain('HTTP/1.1 200 OK');
    expect(output).toContain('"organization_id":"acme"');
    child.kill('SIGINT');
    await ended(child);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with %s, and its database with it', async (signal) => {
    const stack = await started();
    expect((await ask(stack, 'POST', '', anAppointment())).status).toBe(200);
    // The bundler's own process is among them.
    const children = childrenOf(stack.child.pid);
    expect(children.length).toBeGreaterThan(0);
    stack.child.kill(signal);
    expect(await ended(stack.child)).toBe(0);
    // Told to end, they need a moment: on a busy machine some 100 ms.
    for (let wait = 0; wait < 100 && children.some(isAlive); wait += 1) await sleep(50);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it('keeps its data in the file of --data', async () => {
    const data = join(folder, 'appointments.db');
    const first = await started(['--data', data]);
    expect(first.printed).toContain(`kept in ${data}`);
    const { json } = await ask(first, 'POST', '', anAppointment({ notes: 'kept' }));
    await ask(first, 'PUT', `/${json.id}/2`, anAppointment({ notes: 'kept too' }));
    first.child.kill('SIGINT');
    await ended(first.child);

    const second = await started(['--data', data]);
    const read = await ask(second, 'GET', `/${json.id}`);
    expect(read.json).toMatchObject({ id: json.id, version: 2, notes: 'kept too' });
    expect((await ask(second, 'PUT', `/${json.id}/3`, anAppointment())).status).toBe(200);
    second.child.kill('SIGINT');
    await ended(second.child);
  });

  it("leaves a developer's AWS settings alone: the built-in database needs none", async () => {
    const stack = await started([], { AWS_PROFILE: 'not-there', AWS_USE_FIPS_ENDPOINT: 'true' });
    expect((await ask(stack, 'POST', '', anAppointment())).status).toBe(200);
  });

  it('makes the tables and calls its functions with the credentials of one profile, for a DynamoDB elsewhere', async () => {
    const seen = new Map<string, string>();
    const elsewhere = createHttpServer((incoming, outgoing) => {
      const { authorization, 'x-amz-target': target, 'x-amz-security-token': token } = incoming.headers;
      const operation = String(target).split('.')[1] ?? '';
      seen.set(operation, `${/Credential=(.*?)\//.exec(authorization ?? '')?.[1]} ${token}`);
      const answers: Record<string, object> = {
        DescribeTable: { Table: { TableStatus: 'ACTIVE', LatestStreamArn: 'stream' } },
        DescribeStream: { StreamDescription: { Shards: [] } },
      };
      outgoing.writeHead(200, { 'x-amzn-requestid': 'request-1' }).end(JSON.stringify(answers[operation] ?? {}));
    });
    const port = await listen(elsewhere);
    const keys = { Version: 1, AccessKeyId: 'CLINIC', SecretAccessKey: 'secret', SessionToken: 'session' };
    await writeFile(join(folder, 'keys.json'), JSON.stringify(keys));
    // A command that is found by the PATH.
    await writeFile(
      join(folder, 'config'),
      `[profile clinic]\ncredential_process = cat ${join(folder, 'keys.json')}\n`,
    );
    const stack = await started([], {
      AWS_PROFILE: 'clinic',
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    });
    expect((await ask(stack, 'POST', '', anAppointment())).status).toBe(200);
    for (const operation of ['CreateTable', 'UpdateItem']) expect(seen.get(operation)).toBe('CLINIC session');
    elsewhere.close().closeAllConnections();
  });

  it('tells with --help what there is to set, and starts nothing', async () => {
    const child = start(['--help']);
    const help = await text(child.stdout);
    expect(await ended(child)).toBe(0);
    for (const word of ['--data', 'PORT', 'AUTH_PORT', 'AWS_ENDPOINT_URL_DYNAMODB']) expect(help).toContain(word);
  });
});

describe('npm start that cannot start', () => {
  /** The one sentence on stderr of a start that ends with code 1, and leaves no process behind. */
  async function refusal(args: string[], environment: Record<string, string> = {}): Promise<string> {
    const child = start(args, environment);
    const [complaint, printed] = await Promise.all([text(child.stderr), text(child.stdout)]);
    expect({ code: await ended(child), printed }).toEqual({ code: 1, printed: '' });
    expect(complaint).not.toMatch(/^ +at /m);
    expect(complaint.trim().split('\n')).toHaveLength(1);
    return complaint;
  }

  it.each(['PORT', 'AUTH_PORT'])('says that %s is in use, and how to take another', async (variable) => {
    const server = createServer();
    const port = await listen(server);
    expect(await refusal([], { [variable]: String(port) })).toMatch(
      new RegExp(`^Port ${port} is in use: .* set ${variable} to another port`),
    );
    server.close();
  });

  it.each(['http', '65536', '-1', '4000.5', '0x10', ' '])('says that PORT=%s is no port', async (PORT) => {
    expect(await refusal([], { PORT })).toBe(`PORT must be a port, 0 to 65535, not ${PORT}.\n`);
  });

  it.each([
    ['an unknown flag', ['--dta', 'x'], /'--dta'/],
    ['--data without a file', ['--data'], /--data/],
    ['--data with an empty name', ['--data', ''], /--data/],
    ['a word', ['appointments.db'], /'appointments\.db'/],
  ])('says that it does not know %s', async (_, args, sentence) => {
    expect(await refusal(args)).toMatch(sentence);
  });

  it('says that the file of --data is no database', async () => {
    const data = join(folder, 'notes.txt');
    await writeFile(data, 'These are no appointments.\n'.repeat(100));
    expect(await refusal(['--data', data])).toContain(`--data ${data}`);
  });

  it('says that the folder of --data is not there', async () => {
    const data = join(folder, 'missing', 'appointments.db');
    expect(await refusal(['--data', data])).toContain(`--data ${data}`);
  });

  it('says that --data is not for a DynamoDB elsewhere', async () => {
    const elsewhere = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    expect(await refusal(['--data', join(folder, 'x.db')], elsewhere)).toMatch(/unset AWS_ENDPOINT_URL_DYNAMODB/);
  });

  it('says that the DynamoDB elsewhere does not answer', async () => {
    const elsewhere = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    expect(await refusal([], elsewhere)).toMatch(/http:\/\/127\.0\.0\.1:1/);
  });
});
