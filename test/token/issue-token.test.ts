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

type Response = { statusCode: number; headers: Record<string, string>; json: Record<string, unknown> };

const canary = 'CANARY-5ec2e7';
const asJson = { 'content-type': 'application/json' };
const credentials = { client_id: 'client-1', client_secret: canary };
const token = { access_token: `token-${canary}`, expires_in: 3_600, token_type: 'Bearer' };

describe('POST /api/auth/v2/token', () => {
  /** What the issuer is asked, and what it says. */
  const asked: Record<string, string>[] = [];
  let says: { status: number; body: string };
  /** How many connections it resets, and whether it responds to none. */
  let resets = 0;
  let silent = false;
  let issuer: Server;
  let functions: LocalFunctions;
  let log = '';

  beforeAll(async () => {
    issuer = createServer(async (request, response) => {
      asked.push(Object.fromEntries(new URLSearchParams(await text(request))));
      if (silent) return;
      if (resets-- > 0) request.socket.resetAndDestroy();
      else response.writeHead(says.status, { 'content-type': 'application/json' }).end(says.body);
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
    resets = 0;
    silent = false;
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
    ['invalid_request', 400],
    [undefined, 400],
    [undefined, 403],
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
    ['does not know the grant', 400, '{"error":"unsupported_grant_type"}'],
    ['does not know the scope', 400, '{"error":"invalid_scope"}'],
    ['is not there', 404, '{"error":"not_found"}'],
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

  it('asks once more where the connection was reset', async () => {
    resets = 1;
    const { statusCode, json } = await ask({ body: JSON.stringify(credentials) });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(asked).toHaveLength(2);
  });

  it('answers 503 where the connection is reset twice, and logs the code of the error', async () => {
    resets = 2;
    const logged = log.length;
    const { statusCode, json } = await ask({ body: JSON.stringify(credentials) });
    expect([statusCode, json.errorName]).toEqual([503, 'ServiceUnavailableError']);
    expect(asked).toHaveLength(2);
    expect(log.slice(logged)).toMatch(/"cause":\{"name":"\w*Error","code":"(ECONNRESET|UND_ERR_SOCKET)"\}/);
  });

  it('asks only once where the issuer does not respond in time', async () => {
    silent = true;
    const { statusCode, json } = await ask({ body: JSON.stringify(credentials) });
    expect([statusCode, json.errorName]).toEqual([503, 'ServiceUnavailableError']);
    expect(asked).toHaveLength(1);
  });

  const basic = (id: string, secret: string) =>
    `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
  const authorization = basic('client-1', canary);

  it.each<[string, Record<string, unknown>]>([
    ['without a body', { headers: { authorization } }],
    ['with an empty body', { headers: { authorization, 'content-type': 'application/json' }, body: '' }],
    [
      'with a form',
      {
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=ignored',
      },
    ],
    ['with JSON that repeats them', { headers: { authorization, ...asJson }, body: JSON.stringify(credentials) }],
    ['in another letter case', { headers: { authorization: authorization.replace('Basic', 'basic') } }],
  ])('takes HTTP Basic %s', async (_, request) => {
    const { statusCode, json } = await ask(request);
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(asked).toEqual([{ grant_type: 'client_credentials', ...credentials }]);
  });

  it('decodes what HTTP Basic encodes: RFC 6749, 2.3.1', async () => {
    const client_secret = `${canary} +%:&=~`;
    const encoded = encodeURIComponent(client_secret).replaceAll('%20', '+');
    await ask({ headers: { authorization: `Basic ${Buffer.from(`a%3Ab:${encoded}`).toString('base64')}` } });
    expect(asked).toEqual([{ grant_type: 'client_credentials', client_id: 'a:b', client_secret }]);
  });

  it.each([
    ['nothing', 'Basic'],
    ['no base64', `Basic ${canary}`],
    ['no colon', `Basic ${Buffer.from(canary).toString('base64')}`],
    ['bytes that are not UTF-8', `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`],
    ['half an escape', `Basic ${Buffer.from(`a:${canary}%`).toString('base64')}`],
    ['two of them', `${authorization},${authorization}`],
    ['a letter beyond ASCII', basic('clé', canary)],
    ['a NUL', basic('client-1', `${canary}\0`)],
  ])('answers 401 to HTTP Basic with %s, without asking the issuer', async (_, header) => {
    const { statusCode, json } = await ask({ headers: { authorization: header } });
    expect([statusCode, json.errorName]).toEqual([401, 'UnauthorizedError']);
    expect(asked).toEqual([]);
  });

  it.each([
    ['JSON', 'application/json', JSON.stringify({ ...credentials, client_id: 'clé' })],
    ['JSON with half of a surrogate pair', 'application/json', `{"client_id":"\\ud800","client_secret":"${canary}"}`],
    ['a form whose escape is not UTF-8', 'application/x-www-form-urlencoded', `client_id=%ff&client_secret=${canary}`],
  ])('answers 401 to malformed credentials in %s, without asking the issuer', async (_, type, body) => {
    const { statusCode, json } = await ask({ headers: { 'content-type': type }, body });
    expect([statusCode, json.errorName]).toEqual([401, 'UnauthorizedError']);
    expect(asked).toEqual([]);
  });

  it.each([
    ['a JSON', { headers: asJson, body: JSON.stringify({ ...credentials, grant_type: 'password' }) }],
    ['a JSON of another type', { headers: asJson, body: JSON.stringify({ ...credentials, grant_type: 1 }) }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'grant_type=refresh_token' }],
    ['HTTP Basic', { headers: { authorization, ...asJson }, body: '{"grant_type":""}' }],
  ])('answers 400 to another grant in %s', async (_, request) => {
    const { statusCode, json } = await ask(request);
    expect([statusCode, json.errorName]).toEqual([400, 'BadRequestError']);
    expect(json.content).toEqual({ message: 'The grant_type must be client_credentials.' });
    expect(asked).toEqual([]);
  });

  it('answers 400 to a body with other credentials than HTTP Basic', async () => {
    const body = JSON.stringify({ client_id: 'client-2' });
    const { statusCode, json } = await ask({ headers: { authorization, ...asJson }, body });
    expect([statusCode, json.errorName]).toEqual([400, 'BadRequestError']);
  });

  it('takes a grant_type that is null as not set', async () => {
    expect((await ask({ body: JSON.stringify({ ...credentials, grant_type: null }) })).statusCode).toBe(200);
  });

  it.each([
    ['"iso-8859-1"', { 'content-type': 'application/json; charset="iso-8859-1"' }],
    ['utf-16', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' }],
    ['gzip', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('answers 415 to %s, and names it', async (name, headers) => {
    const { statusCode, json } = await ask({ headers, body: JSON.stringify(credentials) });
    expect([statusCode, json.errorName]).toEqual([415, 'InvalidContentTypeError']);
    expect(json.content).toEqual({ message: expect.stringContaining(name.replaceAll('"', '')) });
  });

  it('answers 400 to bytes that are not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0xff]).toString('base64');
    const { statusCode, json } = await ask({ headers: asJson, body, isBase64Encoded: true });
    expect([statusCode, json.errorName]).toEqual([400, 'BadRequestError']);
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
  async function ask(request: Record<string, unknown>, id = 'plain'): Promise<Response> {
    const requestId = randomUUID();
    const event = {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${canary}` },
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
    expect(headers['cache-control']).toBe('no-store');
    return { statusCode, headers, json: JSON.parse(body) };
  }
});
