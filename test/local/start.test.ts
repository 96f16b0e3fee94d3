import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, get } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort, listen } from '../../infra/local/listen.ts';
import { localClients } from '../../infra/local/local-issuer.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { ask, endAll, spawnStart, started, waitForExit } from '../support/npm-start.ts';

// Each start synthesizes the stack, which is slow on a busy machine.
jest.setTimeout(60_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointments-start-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(endAll);

/** Hides the installed database, as on a platform without one. */
const withoutDatabase = `
  import Module from 'node:module';
  const { _resolveFilename } = Module;
  Module._resolveFilename = (name, ...others) => {
    if (name.startsWith('@dynoxide/')) throw new Error('not installed');
    return _resolveFilename(name, ...others);
  };`;

describe('npm start', () => {
  it('prints its addresses and its clients in the first line, for scripts', async () => {
    const { lines, apiUrl, tokenUrl } = await started();
    expect(apiUrl).toMatch(/^http:\/\/localhost:\d+$/);
    expect(lines[0]).toMatchObject({
      authUrl: new URL(tokenUrl).origin,
      docsUrl: `${apiUrl}/docs`,
      databaseUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(lines[0].clients).toHaveLength(localClients.length);
    expect(lines[0].clients).toContainEqual({
      client_id: 'viewer',
      client_secret: 'viewer-secret',
      organization_id: 'acme',
      scope: 'appointments/read',
    });
  });

  it('prints them for people on a terminal, with commands that work', async () => {
    const { apiUrl, printed, end } = await onTerminal();
    const screen = printed();
    expect(screen).toMatch(/^Starting the appointments service …/);
    expect(screen).toMatch(/Database {2}http:\/\/127\.0\.0\.1:\d+ \(dynoxide, in memory\)/);
    for (const { id, secret, scope } of localClients) {
      expect(screen).toMatch(new RegExp(`${id} / ${secret} .*${scope}`));
    }
    const [, commands = ''] = /copy this into another terminal:\n(.*)\nCtrl-C/s.exec(screen) ?? [];
    const output = execFileSync('sh', ['-c', commands], { encoding: 'utf8' });
    expect(output).toContain('HTTP/1.1 200 OK');
    expect(output).toContain('"organization_id":"acme"');

    const [, id = ''] = /"id":"([^"]*)"/.exec(output) ?? [];
    await fetch(`${apiUrl}/appointments/v1/${id}`);
    await fetch(`${apiUrl}/docs?theme=dark`, { method: 'HEAD' });
    while (!printed().includes('HEAD /docs')) await sleep(20);
    await end();
    expect(printed().trim().split('\n').slice(-4)).toEqual([
      expect.stringMatching(/^POST \/api\/auth\/v2\/token {2}200 {2}\d+ ms$/),
      expect.stringMatching(/^POST \/appointments\/v1 {2}200 {2}\d+ ms$/),
      expect.stringMatching(/^GET \/appointments\/v1\/… {2}401 {2}\d+ ms {2}no token$/),
      expect.stringMatching(/^HEAD \/docs {2}200 {2}\d+ ms$/),
    ]);
  });

  it('lets early requests wait until it can respond', async () => {
    const port = await freePort();
    const child = spawnStart([], { PORT: String(port) });
    let status: number | undefined;
    let failedConnections = 0;
    while (status === undefined) {
      status = await fetch(`http://localhost:${port}/docs/openapi.json`).then(
        (response) => response.status,
        () => undefined,
      );
      if (status === undefined) failedConnections += 1;
    }
    expect(status).toBe(200);
    expect(failedConnections).toBeGreaterThan(0);
    expect(child.exitCode).toBeNull();
  });

  it('listens only on the two loopback addresses', async () => {
    const { apiUrl } = await started();
    const { port } = new URL(apiUrl);
    expect(await statusAt('127.0.0.1', port)).toBe(404);
    expect(await statusAt('::1', port)).toBe(404);
    for (const address of otherAddresses()) expect(await statusAt(address, port)).toBe('ECONNREFUSED');
  });

  it.each(['0.0.0.0', '::', 'localhost', ...otherAddresses().slice(0, 1)])('listens on HOST=%s too', async (HOST) => {
    const { apiUrl } = await started([], { HOST });
    const { port } = new URL(apiUrl);
    const addresses = HOST === '0.0.0.0' || HOST === '::' ? otherAddresses() : [HOST];
    for (const address of ['127.0.0.1', '::1', ...addresses]) expect(await statusAt(address, port)).toBe(404);
  });

  it('sends no request through a proxy', async () => {
    const proxied = jest.fn();
    const proxy = createHttpServer((request, response) => {
      proxied(request.url);
      response.writeHead(502).end();
    });
    const url = `http://127.0.0.1:${await listen(proxy)}`;
    const environment = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, HTTPS_PROXY: url, http_proxy: url };
    const stack = await started([], environment);
    expect((await ask(stack, 'POST', '', anAppointment())).status).toBe(200);
    expect(proxied).not.toHaveBeenCalled();
    proxy.close().closeAllConnections();
  });

  it("ignores a developer's AWS settings if it uses the built-in database", async () => {
    const stack = await started([], { AWS_PROFILE: 'not-there', AWS_USE_FIPS_ENDPOINT: 'true' });
    expect((await ask(stack, 'POST', '', anAppointment())).status).toBe(200);
  });

  it('uses the credentials of a profile for tables and functions if it uses another DynamoDB', async () => {
    const seen = new Map<string, string>();
    const otherDynamodb = createHttpServer((incoming, outgoing) => {
      const { authorization, 'x-amz-target': target, 'x-amz-security-token': token } = incoming.headers;
      const operation = String(target).split('.')[1] ?? '';
      seen.set(operation, `${/Credential=(.*?)\//.exec(authorization ?? '')?.[1]} ${token}`);
      const responses: Record<string, object> = {
        DescribeTable: { Table: { TableStatus: 'ACTIVE', LatestStreamArn: 'stream' } },
        DescribeStream: { StreamDescription: { Shards: [] } },
      };
      outgoing.writeHead(200, { 'x-amzn-requestid': 'request-1' }).end(JSON.stringify(responses[operation] ?? {}));
    });
    const port = await listen(otherDynamodb);
    const keys = { Version: 1, AccessKeyId: 'CLINIC', SecretAccessKey: 'secret', SessionToken: 'session' };
    await writeFile(join(folder, 'keys.json'), JSON.stringify(keys));
    // `cat` is found only if the PATH is passed on.
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
    otherDynamodb.close().closeAllConnections();
  });
});

describe('npm start that cannot start', () => {
  /** The only sentence on stderr. The exit code must be 1. */
  async function refusal(...how: Parameters<typeof spawnStart>): Promise<string> {
    const child = spawnStart(...how);
    const [complaint, stdout] = await Promise.all([text(child.stderr), text(child.stdout)]);
    expect({ code: await waitForExit(child), stdout }).toEqual({ code: 1, stdout: '' });
    const [sentence = '', ...others] = complaint.split('\n').filter((line) => !/^Starting |^$/.test(line));
    expect(others).toEqual([]);
    return sentence;
  }

  it.each(['PORT', 'AUTH_PORT'])('says that the port of %s is in use, and how to choose another', async (variable) => {
    const server = createServer();
    const port = await listen(server);
    expect(await refusal([], { [variable]: String(port) })).toMatch(
      new RegExp(`^Port ${port} is in use: .* set ${variable} to another port`),
    );
    server.close();
  });

  it.each(['http', '65536', '-1', '4000.5', '0x10', ' '])('says that PORT=%s is not a port', async (PORT) => {
    expect(await refusal([], { PORT })).toBe(`PORT must be a port, 0 to 65535, not ${PORT}.`);
  });

  it.each(['not a host', '192.0.2.1'])('says that HOST=%s is not an address of this machine', async (HOST) => {
    expect(await refusal([], { HOST })).toMatch(/^HOST must be a name or an address of this machine/);
  });

  it.each([
    ['an unknown flag', ['--dta', 'x'], /'--dta'/],
    ['--data without a file', ['--data'], /--data/],
    ['--data with an empty name', ['--data', ''], /--data/],
    ['a positional argument', ['appointments.db'], /'appointments\.db'/],
  ])('points to its help for %s', async (_, args, sentence) => {
    const complaint = await refusal(args);
    expect(complaint).toMatch(sentence);
    expect(complaint).toMatch(/: npm start -- --help lists the arguments\.$/);
  });

  it('says that the file of --data is not a database', async () => {
    const data = join(folder, 'notes.txt');
    await writeFile(data, 'These are no appointments.\n'.repeat(100));
    expect(await refusal(['--data', data])).toContain(`--data ${data}`);
  });

  it('says that the folder of --data does not exist', async () => {
    const data = join(folder, 'missing', 'appointments.db');
    expect(await refusal(['--data', data])).toContain(`--data ${data}`);
  });

  it('says that --data excludes AWS_ENDPOINT_URL_DYNAMODB', async () => {
    const otherDynamodb = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    expect(await refusal(['--data', join(folder, 'x.db')], otherDynamodb)).toMatch(/unset AWS_ENDPOINT_URL_DYNAMODB/);
  });

  it.each(['http://127.0.0.1:1', 'not a URL'])('says that no DynamoDB responds at %s', async (url) => {
    expect(await refusal([], { AWS_ENDPOINT_URL_DYNAMODB: url })).toContain(`No DynamoDB responds at ${url}`);
  });

  it('says the same in the demo', async () => {
    const environment = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    const child = spawnStart([], environment, [process.execPath, 'infra/local/demo.ts']);
    const [complaint] = await Promise.all([text(child.stderr), text(child.stdout)]);
    expect(await waitForExit(child)).toBe(1);
    expect(complaint).toMatch(/^No DynamoDB responds at http:\/\/127\.0\.0\.1:1: .*\.\n$/);
  });

  it.each([
    ['an HTML page', 200, '<html></html>'],
    ['other JSON', 404, '{"message":"Not Found"}'],
    ['an empty body', 200, ''],
  ])('says that a server that returns %s is not a DynamoDB', async (_, status, body) => {
    const server = createHttpServer((_request, response) => response.writeHead(status).end(body));
    const url = `http://127.0.0.1:${await listen(server)}`;
    expect(await refusal([], { AWS_ENDPOINT_URL_DYNAMODB: url })).toContain(`No DynamoDB responds at ${url}`);
    server.close().closeAllConnections();
  });

  it.each([
    ['npm start', ['infra/local/start.ts']],
    ['npm run demo', ['infra/local/demo.ts']],
    ['npm test', ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'test/http']],
  ])('says what to install or set if there is no database: %s', async (_, args) => {
    const hiding = ['--import', `data:text/javascript,${encodeURIComponent(withoutDatabase)}`];
    const env = { PATH: '/nowhere', PORT: '0', AUTH_PORT: '0' };
    const child = spawn(process.execPath, [...hiding, ...args], { env });
    const [complaint] = await Promise.all([text(child.stderr), text(child.stdout)]);
    expect(await waitForExit(child)).toBe(1);
    expect(complaint).toMatch(
      /^(Starting .*\n| {3}✗ )?The built-in database is missing: run npm install --no-save @dynoxide\/\S+, .* or set AWS_ENDPOINT_URL_DYNAMODB to any DynamoDB\.\n{1,2}$/,
    );
  });
});

/** Runs `npm start` on a terminal. */
async function onTerminal() {
  const child = spawnStart([], {}, ['script', '-qfec', `${process.execPath} infra/local/start.ts`, '/dev/null']);
  let screen = '';
  child.stdout.on('data', (chunk) => {
    screen += chunk;
  });
  const printed = () => screen.replaceAll('\r', '');
  while (!printed().includes('One line per request:')) await once(child.stdout, 'data');
  const [, apiUrl = ''] = /API +(\S+)/.exec(printed()) ?? [];
  const end = () => {
    child.kill();
    return waitForExit(child);
  };
  return { apiUrl, printed, end };
}

/** The status of a response from that address, or the code of the error. */
async function statusAt(address: string, port: string): Promise<unknown> {
  const request = get({ host: address, port, path: '/nowhere', agent: false });
  return new Promise((resolve) => {
    request.once('response', (response) => resolve(response.resume().statusCode));
    request.once('error', (error) => resolve('code' in error ? error.code : error));
  });
}

/** This machine's addresses that other machines may reach. */
function otherAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address);
}
