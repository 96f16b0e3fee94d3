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

// A fake DynamoDB behind TLS, as in AWS. Plain HTTP cannot show what a connection costs.

type Seen = { readonly connection: number; readonly method: string };

let folder: string;
let dynamodb: Server;
let port: number;
let seen: Seen[];
let connections: number;
let open: number;
let maxOpen: number;
let respondsToHealthChecks: boolean;
/** After this many requests, all open connections go silent: they get no more responses. New connections do. */
let silentAfter: number;
let silentSockets: ReadonlySet<unknown>;
let sockets: unknown[];
/** Requests that arrived on a silent connection. */
let requestsWithoutResponse: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', [...request, ...subject, '-keyout', key, '-out', cert]);
  [seen, connections, open, maxOpen, respondsToHealthChecks] = [[], 0, 0, 0, true];
  [sockets, silentSockets, silentAfter, requestsWithoutResponse] = [[], new Set(), Number.POSITIVE_INFINITY, 0];
  dynamodb = createServer({ key: await readFile(key), cert: await readFile(cert) }, async (incoming, outgoing) => {
    seen.push({ connection: incoming.socket.remotePort ?? 0, method: incoming.method ?? '' });
    await text(incoming);
    if (silentSockets.has(incoming.socket)) {
      requestsWithoutResponse += 1;
      return;
    }
    if (incoming.method === 'GET' && !respondsToHealthChecks) return;
    if (seen.length === silentAfter) silentSockets = new Set(sockets);
    outgoing.writeHead(200, { 'x-amzn-requestid': 'request-1' }).end(incoming.method === 'GET' ? 'healthy' : '{}');
  });
  dynamodb.on('secureConnection', (socket) => {
    connections += 1;
    open += 1;
    maxOpen = Math.max(maxOpen, open);
    socket.once('close', () => {
      open -= 1;
    });
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

const recordHistory = new URL('../../dist/record-history/index.mjs', import.meta.url).href;

/** Imports record-history in a new process, runs the script, and returns what it prints to stderr. */
async function runWithRecordHistory(script: string): Promise<string> {
  const record = `const record = (n) => ({ dynamodb: { NewImage: { appointment_key: { S: n + '#acme' }, version: { N: '1' } } } });`;
  const code = `import { handler } from '${recordHistory}'; ${record} ${script} process.exit(0);`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    env: await environment(),
  });
  return stderr;
}

const event = updateEvent('00000000-0000-4000-8000-000000000000', 2);

describe('the connection to DynamoDB', () => {
  it('opens while the function starts, and serves the first call', async () => {
    const { status } = await start(event);
    expect(status).toBe(200);
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(new Set(seen.map(({ connection }) => connection)).size).toBe(1);
    expect(connections).toBe(1);
  });

  it('stays open between calls', async () => {
    expect(await runWithRecordHistory(`for (let n = 0; n < 3; n += 1) await handler({ Records: [record(n)] });`)).toBe(
      '',
    );
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(connections).toBe(1);
  });

  it('is one of at most fifty, even for 200 writes at once', async () => {
    const all = 'await handler({ Records: Array.from({ length: 200 }, (_, n) => record(n)) });';
    expect(await runWithRecordHistory(all)).toBe('');
    expect(seen.length).toBeGreaterThanOrEqual(201);
    expect(connections).toBeGreaterThan(10);
    // A busy machine may replace a connection after a timeout, so more than fifty are opened in all.
    expect(maxOpen).toBeLessThanOrEqual(50);
  });

  it('is replaced after one timeout if all open connections have gone silent', async () => {
    silentAfter = 61;
    const burst = 'await handler({ Records: Array.from({ length: 60 }, (_, n) => record(n)) });';
    const another = `await handler({ Records: [record(60)] });`;
    expect(await runWithRecordHistory(`${burst} ${another}`)).toBe('');
    expect(silentSockets.size).toBeGreaterThan(10);
    expect(requestsWithoutResponse).toBe(1);
  });

  it('does not delay the first call beyond its timeout', async () => {
    respondsToHealthChecks = false;
    const { status, first } = await start(event);
    expect(status).toBe(200);
    expect(first).toBeLessThan(2_000);
    expect(connections).toBe(2);
  });

  it('may fail while the function starts: then the first call returns 503', async () => {
    const { status } = await start(event, { NODE_EXTRA_CA_CERTS: '' });
    expect(status).toBe(503);
    expect(seen).toEqual([]);
  }, 30_000);
});
