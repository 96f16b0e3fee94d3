import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listening } from '../../infra/local/port.ts';
import { coldStart } from '../bench/cold.ts';
import { updateEvent } from '../bench/update-event.ts';

const bundle = resolve('dist/update-appointment/index.mjs');
const event = updateEvent('00000000-0000-4000-8000-000000000000', 2);

let folder: string;
let url: string;
let server: Server;
/** Of each request that reached DynamoDB. */
let seen: IncomingHttpHeaders[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  seen = [];
  // DynamoDB, and at /credentials what a container is given.
  server = createServer(async (incoming, outgoing) => {
    await text(incoming);
    if (incoming.url === '/credentials') {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      outgoing.end(JSON.stringify({ AccessKeyId: 'CONTAINER', SecretAccessKey: 'secret', Token: 'token', Expiration }));
      return;
    }
    seen.push(incoming.headers);
    outgoing.writeHead(200, { 'x-amzn-requestid': 'request-1' }).end('{}');
  });
  const port = await listening(server);
  url = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  server.close().closeAllConnections();
  await rm(folder, { recursive: true });
});

/** The status of one update by that bundle, in a process that has this environment and no other. */
async function update(environment: Record<string, string>, module = bundle): Promise<number | undefined> {
  const { status } = await coldStart(module, event, {
    AWS_ENDPOINT_URL_DYNAMODB: url,
    APPOINTMENTS_TABLE: 'appointments',
    HISTORY_TABLE: 'history',
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...environment,
  });
  return status;
}

describe('a bundle calls DynamoDB', () => {
  it("with the credentials of Lambda's environment, for which it needs no other file", async () => {
    await copyFile(bundle, join(folder, 'index.mjs'));
    const lambda = { AWS_ACCESS_KEY_ID: 'LAMBDA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' };
    expect(await update({ AWS_REGION: 'us-east-1', ...lambda }, join(folder, 'index.mjs'))).toBe(200);
    expect(seen).toEqual([
      expect.objectContaining({
        authorization: expect.stringContaining('Credential=LAMBDA/'),
        'x-amz-security-token': 'session',
      }),
    ]);
  });

  it("with those of a developer's profile, in its region", async () => {
    const credentials = '[clinic]\naws_access_key_id = PROFILE\naws_secret_access_key = secret\n';
    await writeFile(join(folder, 'credentials'), credentials);
    await writeFile(join(folder, 'config'), '[profile clinic]\nregion = eu-west-1\n');
    const files = {
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_CONFIG_FILE: join(folder, 'config'),
    };
    expect(await update({ AWS_PROFILE: 'clinic', ...files })).toBe(200);
    expect(seen).toEqual([
      expect.objectContaining({
        authorization: expect.stringMatching(/Credential=PROFILE\/\d{8}\/eu-west-1\/dynamodb\//),
      }),
    ]);
  });

  it('with those of a profile that a command prints', async () => {
    const printed = JSON.stringify({ Version: 1, AccessKeyId: 'COMMAND', SecretAccessKey: 'secret' });
    await writeFile(join(folder, 'printed.json'), printed);
    const command = `[profile clinic]\ncredential_process = cat ${join(folder, 'printed.json')}\n`;
    await writeFile(join(folder, 'config'), command);
    const profile = { AWS_PROFILE: 'clinic', AWS_CONFIG_FILE: join(folder, 'config') };
    expect(await update({ AWS_REGION: 'us-east-1', PATH: process.env.PATH ?? '', ...profile })).toBe(200);
    expect(seen).toEqual([expect.objectContaining({ authorization: expect.stringContaining('Credential=COMMAND/') })]);
  });

  it('with those of a container', async () => {
    const container = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` };
    expect(await update({ AWS_REGION: 'us-east-1', ...container })).toBe(200);
    expect(seen).toEqual([
      expect.objectContaining({
        authorization: expect.stringContaining('Credential=CONTAINER/'),
        'x-amz-security-token': 'token',
      }),
    ]);
  });

  it('with none not at all, and answers 500', async () => {
    expect(await update({ AWS_REGION: 'us-east-1' })).toBe(500);
    expect(seen).toEqual([]);
  });
});
