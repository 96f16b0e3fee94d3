import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { coldStart } from '../bench/cold.ts';
import { updateEvent } from '../bench/update-event.ts';

const bundle = resolve('dist/update-appointment/index.mjs');
const event = updateEvent('00000000-0000-4000-8000-000000000000', 2);
const lambdaEnvironment = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'LAMBDA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session',
};

describe('the bundle of update-appointment', () => {
  let url: string;
  let dynamodb: Server;
  let seen: IncomingHttpHeaders[];

  beforeAll(async () => {
    dynamodb = createServer(async (incoming, outgoing) => {
      await text(incoming);
      seen.push(incoming.headers);
      outgoing.writeHead(200, { 'x-amzn-requestid': 'request-1' }).end('{}');
    });
    const port = await listen(dynamodb);
    url = `http://127.0.0.1:${port}`;
  });

  beforeEach(() => {
    seen = [];
  });

  afterAll(() => {
    dynamodb.close().closeAllConnections();
  });

  /** Runs one update in a process that has only this environment. */
  function update(environment: Record<string, string>) {
    const tables = { APPOINTMENTS_TABLE: 'appointments', HISTORY_TABLE: 'history' };
    return coldStart(bundle, event, { AWS_ENDPOINT_URL_DYNAMODB: url, ...tables, ...environment });
  }

  it("calls DynamoDB with the region and the credentials of Lambda's environment", async () => {
    expect((await update(lambdaEnvironment)).status).toBe(200);
    expect(seen).toEqual([
      expect.objectContaining({
        authorization: expect.stringMatching(/Credential=LAMBDA\/\d{8}\/eu-west-1\/dynamodb\//),
        'x-amz-security-token': 'session',
      }),
    ]);
  });

  it.each(['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])(
    'does not start without %s, and says why',
    async (name) => {
      await expect(update({ ...lambdaEnvironment, [name]: '' })).rejects.toThrow(
        `The environment variable ${name} is not set.`,
      );
      expect(seen).toEqual([]);
    },
  );
});
