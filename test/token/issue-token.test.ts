import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { LocalFunctions } from '../../infra/local/local-functions.ts';
import { functionLog } from '../support/function-log.ts';

const environment = {};

type Answer = { statusCode: number; headers: Record<string, string>; json: Record<string, unknown> };

const canary = 'CANARY-5ec2e7';
const credentials = { client_id: 'client-1', client_secret: canary };
const token = { access_token: `token-${canary}`, expires_in: 3_600, token_type: 'Bearer' };

describe('POST /api/auth/v2/token', () => {
  /** What the issuer is asked, and what it says. */
  const asked: Record<string, string>[] = [];
  let says: { status: number; body: string };
  let issuer: Server;
  let functions: LocalFunctions;
  let log = '';

  beforeAll(async () => {
    issuer = createServer(async (request, response) => {
      asked.push(Object.fromEntries(new URLSearchParams(await text(request))));
      response.writeHead(says.status, { 'content-type': 'application/json' }).end(says.body);
    });
    const port = await listen(issuer);
    const url = `http://127.0.0.1:${port}/token`;
    const issueToken = (id: string, environment: Record<string, string>) => ({
      id,
      name: id,
      module: fileURLToPath(new URL('../../dist/issue-token/index.mjs', import.meta.url)),
      handler: 'handler',
      environment,
      timeout: 20,
      memorySize: 512,
    });
    functions = new LocalFunctions(
      [
        issueToken('plain', { TOKEN_URL: url }),
        issueToken('with audience', { TOKEN_URL: url, AUDIENCE: 'appointments' }),
        issueToken('issuer down', { TOKEN_URL: 'http://127.0.0.1:1/token' }),
      ],
      async () => environment,
      functionLog((line) => {
        log += line;
      }),
    );
  });

  beforeEach(() => {
    asked.length = 0;
    says = { status: 200, body: JSON.stringify({ ...token, scope: 'appointments/read' }) };
  });

  afterAll(async () => {
    await functions.stop();
    issuer.close().closeAllConnections();
  });

  it('exchanges client credentials for a token, in JSON', async () => {
    const { statusCode, json } = await ask({ body: JSON.stringify(credentials) });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(asked).toEqual([{ grant_type: 'client_credentials', ...credentials }]);
  });

  it('takes a form, which the gateway sends as base64', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...credentials, scope: 'ignored' }).toString();
    const { statusCode, json } = await ask({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form).toString('base64'),
      isBase64Encoded: true,
    });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(asked).toEqual([{ grant_type: 'client_credentials', ...credentials }]);
  });

  it('passes the audience of the context on', async () => {
    await ask({ body: JSON.stringify(credentials) }, 'with audience');
    expect(asked).toEqual([{ grant_type: 'client_credentials', ...credentials, audience: 'appointments' }]);
  });

  it.each([
    ['invalid_client', 400],
    ['invalid_client', 401],
    ['invalid_grant', 400],
    ['unauthorized_client', 400],
    ['access_denied', 403],
  ])('answers 401 where the issuer says %s (%i)', async (error, status) => {
    says = { status, body: JSON.stringify({ error, error_description: canary }) };
    const { statusCode, json } = await ask({ body: JSON.stringify(credentials) });
    expect(statusCode).toBe(401);
    expect(json).toMatchObject({ errorName: 'UnauthorizedError', content: { message: expect.any(String) } });
  });

  it('answers 429 where the issuer throttles', async () => {
    says = { status: 429, body: canary };
    const { statusCode, headers, json } = await ask({ body: JSON.stringify(credentials) });
    expect(statusCode).toBe(429);
    expect(json.errorName).toBe('TooManyRequestsError');
    expect(headers['retry-after']).toMatch(/^[123]$/);
  });

  it.each([
    ['fails', 500, canary],
    ['refuses the service itself', 400, '{"error":"invalid_request"}'],
    ['answers no JSON', 200, `<html>${canary}`],
    ['answers no token', 200, `{"token":"${canary}"}`],
    ['answers null', 200, 'null'],
  ])('answers 503 where the issuer %s', async (_, status, body) => {
    says = { status, body };
    const { statusCode, headers, json } = await ask({ body: JSON.stringify(credentials) });
    expect(statusCode).toBe(503);
    expect(json.errorName).toBe('ServiceUnavailableError');
    expect(headers['retry-after']).toMatch(/^[123]$/);
  });

  it('answers 503 where the issuer is down', async () => {
    const { statusCode, json } = await ask({ body: JSON.stringify(credentials) }, 'issuer down');
    expect([statusCode, json.errorName]).toEqual([503, 'ServiceUnavailableError']);
  });

  it.each([
    [415, 'InvalidContentTypeError', 'text/plain', JSON.stringify(credentials)],
    [415, 'InvalidContentTypeError', undefined, JSON.stringify(credentials)],
    [400, 'BadRequestError', 'application/json', `{"client_secret":"${canary}"`],
    [422, 'UnprocessableEntityError', 'application/json', '{"client_id":"client-1"}'],
    [422, 'UnprocessableEntityError', 'application/json', `{"client_id":1,"client_secret":["${canary}"]}`],
    [422, 'UnprocessableEntityError', 'application/json', 'null'],
    [422, 'UnprocessableEntityError', 'application/x-www-form-urlencoded', ''],
    [413, 'PayloadTooLargeError', 'application/json', canary.repeat(30_000)],
  ])('answers %i %s to %s without asking the issuer', async (status, errorName, type, body) => {
    const { statusCode, json } = await ask({ headers: type === undefined ? {} : { 'content-type': type }, body });
    expect([statusCode, json.errorName]).toEqual([status, errorName]);
    expect(asked).toEqual([]);
  });

  it('names each missing credential by its pointer', async () => {
    const { json } = await ask({ body: '{}' });
    expect(json.content).toMatchObject({
      data: [
        { path: '/client_id', rule: 'required' },
        { path: '/client_secret', rule: 'required' },
      ],
    });
  });

  /** Asks, and holds every answer and the log to silence: no secret, no header, nothing of the issuer's answer. */
  async function ask(request: Record<string, unknown>, id = 'plain'): Promise<Answer> {
    const requestId = randomUUID();
    const event = {
      headers: { 'content-type': 'application/json', authorization: canary },
      routeKey: 'POST /api/auth/v2/token',
      requestContext: { requestId },
      isBase64Encoded: false,
      ...request,
    };
    const { statusCode, headers, body }: { statusCode: number; headers: Record<string, string>; body: string } = Object(
      await functions.invoke(id, event),
    );
    // The line comes by another way than the answer: jest's time-out ends the wait.
    while (!log.includes(requestId)) await sleep(5);
    expect(log).not.toContain(canary);
    if (statusCode !== 200) expect(body).not.toContain(canary);
    return { statusCode, headers, json: JSON.parse(body) };
  }
});
