import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { coldStart } from '../bench/cold.ts';
import { updateEvent } from '../bench/update-event.ts';
import { tableName } from '../support/table.ts';

// What no plain HTTP can show: DynamoDB behind TLS, as in AWS.

type Seen = { readonly connection: number; readonly method: string };

let folder: string;
let dynamodb: Server;
let port: number;
let seen: Seen[];
let connections: number;
let respondsToHealthChecks: boolean;
/** How many requests are answered: then all connections that are there fall silent, and only new ones are answered. */
let respondedBefore: number;
let silent: ReadonlySet<unknown>;
let sockets: unknown[];
/** Requests that arrived on a silent connection. */
let unanswered: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', [...request, ...subject, '-keyout', key, '-out', cert]);
  [seen, connections, respondsToHealthChecks] = [[], 0, true];
  [sockets, silent, respondedBefore, unanswered] = [[], new Set(), Number.POSITIVE_INFINITY, 0];
  dynamodb = createServer({ key: await readFile(key), cert: await readFile(cert) }, async (incoming, outgoing) => {
    seen.push({ connection: incoming.socket.remotePort ?? 0, method: incoming.method ?? '' });
    await text(incoming);
    if (silent.has(incoming.socket)) {
      unanswered += 1;
      return;
    }
    if (incoming.method === 'GET' && !respondsToHealthChecks) return;
    if (seen.length === respondedBefore) silent = new Set(sockets);
    outgoing.writeHead(200, { 'x-amzn-requestid': 'request-1' }).end(incoming.method === 'GET' ? 'healthy' : '{}');
  });
  dynamodb.on('secureConnection', (socket) => {
    connections += 1;
    sockets.push(socket);
  });
  port = await listen(dynamodb);
});

afterEach(async () => {
  dynamodb.close().closeAllConnections();
  await rm(folder, { recursive: true });
});

async function start(event: unknown, fields: Record<string, string> = {}) {
  return coldStart(resolve('dist/update-appointment/index.mjs'), event, { ...(await environment()), ...fields });
}

async function environment(): Promise<Record<string, string>> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: 'update-appointment',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: `https://localhost:${port}`,
    NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
    APPOINTMENTS_TABLE: await tableName('Appointments'),
    HISTORY_TABLE: await tableName('History'),
  };
}

/** Runs a script after the import of a function, in a process of its own; gives back what it complains of. */
async function inAProcess(script: string, module: string): Promise<string> {
  const record = `const record = (n) => ({ dynamodb: { NewImage: { appointment_key: { S: n + '#acme' }, version: { N: '1' } } } });`;
  const code = `import { handler } from '${module}'; ${record} ${script} process.exit(0);`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    env: await environment(),
  });
  return stderr;
}

const event = updateEvent('00000000-0000-4000-8000-000000000000', 2);

describe('the connection to DynamoDB', () => {
  it('is made while the function starts, and serves its first call', async () => {
    const { status } = await start(event);
    expect(status).toBe(200);
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(new Set(seen.map(({ connection }) => connection)).size).toBe(1);
    expect(connections).toBe(1);
  });

  it('is kept from call to call', async () => {
    const record = new URL('../../dist/record-history/index.mjs', import.meta.url).href;
    expect(await inAProcess(`for (let n = 0; n < 3; n += 1) await handler({ Records: [record(n)] });`, record)).toBe(
      '',
    );
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(connections).toBe(1);
  });

  it('is one of fifty at the most, whatever comes at once', async () => {
    const record = new URL('../../dist/record-history/index.mjs', import.meta.url).href;
    const all = 'await handler({ Records: Array.from({ length: 200 }, (_, n) => record(n)) });';
    expect(await inAProcess(all, record)).toBe('');
    expect(seen.length).toBeGreaterThanOrEqual(201);
    expect(connections).toBeGreaterThan(10);
    expect(connections).toBeLessThanOrEqual(50);
  });

  it('is made anew where all that were kept have died without a word, after one time-out', async () => {
    respondedBefore = 61;
    const record = new URL('../../dist/record-history/index.mjs', import.meta.url).href;
    const burst = 'await handler({ Records: Array.from({ length: 60 }, (_, n) => record(n)) });';
    const another = `await handler({ Records: [record(60)] });`;
    expect(await inAProcess(`${burst} ${another}`, record)).toBe('');
    expect(silent.size).toBeGreaterThan(10);
    expect(unanswered).toBe(1);
  });

  it('is not waited for beyond its time-out', async () => {
    respondsToHealthChecks = false;
    const { status, first } = await start(event);
    expect(status).toBe(200);
    expect(first).toBeLessThan(2_000);
    expect(connections).toBe(2);
  });

  it('is no matter at the start where it fails: the first call tells', async () => {
    const { status } = await start(event, { NODE_EXTRA_CA_CERTS: '' });
    expect(status).toBe(503);
    expect(seen).toEqual([]);
  }, 30_000);
});
