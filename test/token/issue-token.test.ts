import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { LocalFunctions } from '../../infra/local/local-functions.ts';
import { functionLog } from '../support/function-log.ts';

type Response = { statusCode: number; headers: Record<string, string>; json: Record<string, unknown> };

const canary = 'CANARY-5ec2e7';
const asJson = { 'content-type': 'application/json' };
const credentials = { client_id: 'client-1', client_secret: canary };
const token = { access_token: `token-${canary}`, expires_in: 3_600, token_type: 'Bearer' };

describe('POST /api/auth/v2/token', () => {
  /** The requests that the issuer received, and its response. */
  const received: Record<string, string>[] = [];
  let issuerResponse: { status: number; body: string };
  /** How many connections the issuer resets, and whether it never responds. */
  let resets = 0;
  let silent = false;
  let issuer: Server;
  let functions: LocalFunctions;
  let log = '';

  beforeAll(async () => {
    issuer = createServer(async (request, response) => {
      received.push(Object.fromEntries(new URLSearchParams(await text(request))));
      if (silent) return;
      if (resets-- > 0) request.socket.resetAndDestroy();
      else {
        const headers = { 'content-type': 'application/json', location: '/another-host' };
        response.writeHead(issuerResponse.status, headers).end(issuerResponse.body);
      }
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
      async () => ({}),
      functionLog((line) => {
        log += line;
      }),
    );
  });

  beforeEach(() => {
    received.length = 0;
    resets = 0;
    silent = false;
    issuerResponse = { status: 200, body: JSON.stringify({ ...token, scope: 'appointments/read' }) };
  });

  afterAll(async () => {
    await functions.stop();
    issuer.close().closeAllConnections();
  });

  it('exchanges client credentials in JSON for a token', async () => {
    const { statusCode, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(received).toEqual([{ grant_type: 'client_credentials', ...credentials }]);
  });

  it('accepts a form, which the gateway passes as base64', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...credentials, scope: 'ignored' }).toString();
    const { statusCode, json } = await requestToken({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form).toString('base64'),
      isBase64Encoded: true,
    });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(received).toEqual([{ grant_type: 'client_credentials', ...credentials }]);
  });

  it('sends the configured audience to the issuer', async () => {
    await requestToken({ body: JSON.stringify(credentials) }, 'with audience');
    expect(received).toEqual([{ grant_type: 'client_credentials', ...credentials, audience: 'appointments' }]);
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
  ])('returns 401 if the issuer returns the error %s (%i)', async (error, status) => {
    issuerResponse = { status, body: JSON.stringify({ error, error_description: canary }) };
    const { statusCode, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect(statusCode).toBe(401);
    expect(json).toMatchObject({ errorName: 'UnauthorizedError', content: { message: expect.any(String) } });
  });

  it('returns 429 if the issuer throttles', async () => {
    issuerResponse = { status: 429, body: canary };
    const { statusCode, headers, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect(statusCode).toBe(429);
    expect(json.errorName).toBe('TooManyRequestsError');
    expect(headers['retry-after']).toMatch(/^[123]$/);
  });

  it.each([
    ['fails', 500, canary],
    ['does not support the grant', 400, '{"error":"unsupported_grant_type"}'],
    ['does not know the scope', 400, '{"error":"invalid_scope"}'],
    ['returns 404', 404, '{"error":"not_found"}'],
    ['returns HTML', 200, `<html>${canary}`],
    ['returns no token', 200, `{"token":"${canary}"}`],
    ['returns null', 200, 'null'],
  ])('returns 503 if the issuer %s', async (_, status, body) => {
    issuerResponse = { status, body };
    const { statusCode, headers, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect(statusCode).toBe(503);
    expect(json.errorName).toBe('ServiceUnavailableError');
    expect(headers['retry-after']).toMatch(/^[123]$/);
  });

  it('returns 503 if the issuer redirects, and does not send the secret anywhere else', async () => {
    issuerResponse = { status: 307, body: canary };
    const before = received.length;
    const { statusCode } = await requestToken({ body: JSON.stringify(credentials) });
    expect([statusCode, received.length - before]).toEqual([503, 1]);
  });

  it('returns 503 if the issuer is down', async () => {
    const { statusCode, json } = await requestToken({ body: JSON.stringify(credentials) }, 'issuer down');
    expect([statusCode, json.errorName]).toEqual([503, 'ServiceUnavailableError']);
  });

  it('retries once if the connection is reset', async () => {
    resets = 1;
    const { statusCode, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(received).toHaveLength(2);
  });

  it('returns 503 if the connection is reset twice, and logs the error code', async () => {
    resets = 2;
    const logged = log.length;
    const { statusCode, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect([statusCode, json.errorName]).toEqual([503, 'ServiceUnavailableError']);
    expect(received).toHaveLength(2);
    expect(log.slice(logged)).toMatch(/"cause":\{"name":"\w*Error","code":"(ECONNRESET|UND_ERR_SOCKET)"\}/);
  });

  it('does not retry after a timeout', async () => {
    silent = true;
    const { statusCode, json } = await requestToken({ body: JSON.stringify(credentials) });
    expect([statusCode, json.errorName]).toEqual([503, 'ServiceUnavailableError']);
    expect(received).toHaveLength(1);
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
    ['with the same credentials in JSON', { headers: { authorization, ...asJson }, body: JSON.stringify(credentials) }],
    ['in another letter case', { headers: { authorization: authorization.replace('Basic', 'basic') } }],
  ])('accepts HTTP Basic %s', async (_, request) => {
    const { statusCode, json } = await requestToken(request);
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: token });
    expect(received).toEqual([{ grant_type: 'client_credentials', ...credentials }]);
  });

  it('decodes percent-encoded credentials in HTTP Basic (RFC 6749, 2.3.1)', async () => {
    const client_secret = `${canary} +%:&=~`;
    const encoded = encodeURIComponent(client_secret).replaceAll('%20', '+');
    await requestToken({ headers: { authorization: `Basic ${Buffer.from(`a%3Ab:${encoded}`).toString('base64')}` } });
    expect(received).toEqual([{ grant_type: 'client_credentials', client_id: 'a:b', client_secret }]);
  });

  it.each([
    ['no credentials', 'Basic'],
    ['text that is not base64', `Basic ${canary}`],
    ['no colon', `Basic ${Buffer.from(canary).toString('base64')}`],
    ['bytes that are not UTF-8', `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`],
    ['an incomplete escape', `Basic ${Buffer.from(`a:${canary}%`).toString('base64')}`],
    ['two credentials', `${authorization},${authorization}`],
    ['a letter that is not ASCII', basic('clé', canary)],
    ['a NUL', basic('client-1', `${canary}\0`)],
  ])('returns 401 for HTTP Basic with %s, without calling the issuer', async (_, header) => {
    const { statusCode, json } = await requestToken({ headers: { authorization: header } });
    expect([statusCode, json.errorName]).toEqual([401, 'UnauthorizedError']);
    expect(received).toEqual([]);
  });

  it.each([
    ['JSON', 'application/json', JSON.stringify({ ...credentials, client_id: 'clé' })],
    ['JSON with a lone surrogate', 'application/json', `{"client_id":"\\ud800","client_secret":"${canary}"}`],
    ['a form whose escape is not UTF-8', 'application/x-www-form-urlencoded', `client_id=%ff&client_secret=${canary}`],
  ])('returns 401 for malformed credentials in %s, without calling the issuer', async (_, type, body) => {
    const { statusCode, json } = await requestToken({ headers: { 'content-type': type }, body });
    expect([statusCode, json.errorName]).toEqual([401, 'UnauthorizedError']);
    expect(received).toEqual([]);
  });

  it.each([
    ['JSON', { headers: asJson, body: JSON.stringify({ ...credentials, grant_type: 'password' }) }],
    ['JSON, as a number', { headers: asJson, body: JSON.stringify({ ...credentials, grant_type: 1 }) }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'grant_type=refresh_token' }],
    ['HTTP Basic', { headers: { authorization, ...asJson }, body: '{"grant_type":""}' }],
  ])('returns 400 for another grant_type in %s', async (_, request) => {
    const { statusCode, json } = await requestToken(request);
    expect([statusCode, json.errorName]).toEqual([400, 'BadRequestError']);
    expect(json.content).toEqual({ message: 'The grant_type must be client_credentials.' });
    expect(received).toEqual([]);
  });

  it('returns 400 if the body and HTTP Basic have different credentials', async () => {
    const body = JSON.stringify({ client_id: 'client-2' });
    const { statusCode, json } = await requestToken({ headers: { authorization, ...asJson }, body });
    expect([statusCode, json.errorName]).toEqual([400, 'BadRequestError']);
  });

  it('treats a grant_type that is null as not set', async () => {
    expect((await requestToken({ body: JSON.stringify({ ...credentials, grant_type: null }) })).statusCode).toBe(200);
  });

  it.each([
    ['"iso-8859-1"', { 'content-type': 'application/json; charset="iso-8859-1"' }],
    ['utf-16', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' }],
    ['gzip', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('returns 415 for %s and names it', async (name, headers) => {
    const { statusCode, json } = await requestToken({ headers, body: JSON.stringify(credentials) });
    expect([statusCode, json.errorName]).toEqual([415, 'InvalidContentTypeError']);
    expect(json.content).toEqual({ message: expect.stringContaining(name.replaceAll('"', '')) });
  });

  it('returns 400 for bytes that are not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0xff]).toString('base64');
    const { statusCode, json } = await requestToken({ headers: asJson, body, isBase64Encoded: true });
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
  ])('returns %i %s for a body of type %s, without calling the issuer', async (status, errorName, type, body) => {
    const { statusCode, json } = await requestToken({
      headers: type === undefined ? {} : { 'content-type': type },
      body,
    });
    expect([statusCode, json.errorName]).toEqual([status, errorName]);
    expect(received).toEqual([]);
  });

  it('returns the pointer of each missing credential', async () => {
    const { json } = await requestToken({ body: '{}' });
    expect(json.content).toMatchObject({
      data: [
        { path: '/client_id', rule: 'required' },
        { path: '/client_secret', rule: 'required' },
      ],
    });
  });

  /** Invokes the function. Checks that the log and an error response contain no secret, no header, and nothing from the issuer. */
  async function requestToken(request: Record<string, unknown>, id = 'plain'): Promise<Response> {
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
    // The log line arrives separately from the response. Jest's timeout limits this loop.
    while (!log.includes(requestId)) await sleep(5);
    expect(log).not.toContain(canary);
    if (statusCode !== 200) expect(body).not.toContain(canary);
    expect(headers['cache-control']).toBe('no-store');
    return { statusCode, headers, json: JSON.parse(body) };
  }
});
