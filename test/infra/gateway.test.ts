import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { gateway } from '../../infra/local/gateway.ts';
import { listen } from '../../infra/local/listen.ts';
import type { RequestLine } from '../../infra/local/stack-log.ts';
import type { Route } from '../../infra/synthesized-stack.ts';
import { requestId } from '../support/expect-error.ts';
import { aToken, testAudience } from '../support/test-issuer.ts';

const jwt = { issuer: process.env.ISSUER_URL ?? '', audiences: [testAudience] };

function route(routeKey: string, guard?: Route['jwt']): Route {
  const [method = '', path = ''] = routeKey.split(' ');
  return {
    method,
    segments: path.split('/').slice(1),
    routeKey,
    functionId: routeKey,
    functionName: '',
    ...(guard && { jwt: guard }),
  };
}

const routes = [
  'GET /v1/{id}',
  'GET /v1/updates/scan',
  'GET /v1/{id}/history',
  'PUT /v1/{id}/{version}',
  'POST /v1',
].map((routeKey) => route(routeKey));
const guarded = [
  route('GET /scoped', { ...jwt, scopes: ['a/read', 'a/write'] }),
  route('GET /open', { ...jwt, scopes: [] }),
];

// The function under the gateway calls this; if it is not set, the function returns its event.
let result: ((event: unknown) => unknown) | undefined;
let server: Server;
let port = 0;
const lines: RequestLine[] = [];
const log = { request: (line: RequestLine) => lines.push(line), error: jest.fn() };

beforeAll(async () => {
  const invoke = async (_: string, event: unknown) =>
    result ? result(event) : { statusCode: 200, body: JSON.stringify(event) };
  server = createServer(gateway([...routes, ...guarded], invoke, log));
  port = await listen(server);
});

afterAll(() => {
  server.close().closeAllConnections();
});

type Exchanged = { status: number | undefined; headers: IncomingHttpHeaders; text: string };

/** Sends a request exactly as given. `fetch` would normalize the path and join headers. */
async function exchange(method: string, path: string, headers: OutgoingHttpHeaders = {}, body?: string | Buffer) {
  const sent = request({ port, method, path, headers, agent: false }).end(body);
  const [response] = await once(sent, 'response');
  const exchanged: Exchanged = { status: response.statusCode, headers: response.headers, text: await text(response) };
  return exchanged;
}

/** Sends a request and returns the event that the function received. */
async function eventOf(...of: Parameters<typeof exchange>) {
  result = undefined;
  return JSON.parse((await exchange(...of)).text);
}

/** Returns the response to a client if the function returns this value. */
function respondTo(returned: unknown) {
  result = () => returned;
  return exchange('GET', '/v1/a');
}

const gatewayHeaders = {
  'content-type': 'application/json',
  'apigw-requestid': expect.stringMatching(requestId),
};

function expectGatewayError({ status, headers, text }: Exchanged, expectedStatus: number, message: string) {
  expect({ status, text }).toEqual({ status: expectedStatus, text: `{"message":"${message}"}` });
  expect(headers).toMatchObject({ ...gatewayHeaders, 'content-length': String(text.length), date: expect.any(String) });
}

describe('the event of payload format 2.0', () => {
  it('has exactly the members of the format', async () => {
    const before = Date.now();
    const event = await eventOf(
      'PUT',
      '/v1/a%20b/2?x=1',
      { 'content-type': 'text/plain', cookie: 'c=1', 'user-agent': 'ua' },
      'hi',
    );
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'PUT /v1/{id}/{version}',
      rawPath: '/v1/a b/2',
      rawQueryString: 'x=1',
      cookies: ['c=1'],
      headers: {
        host: `localhost:${port}`,
        'content-type': 'text/plain',
        'content-length': '2',
        'user-agent': 'ua',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
      queryStringParameters: { x: '1' },
      requestContext: {
        accountId: expect.stringMatching(/^\d{12}$/),
        apiId: expect.any(String),
        domainName: expect.any(String),
        domainPrefix: expect.any(String),
        http: { method: 'PUT', path: '/v1/a b/2', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'ua' },
        requestId: expect.stringMatching(requestId),
        routeKey: 'PUT /v1/{id}/{version}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: 'hi',
      pathParameters: { id: 'a b', version: '2' },
      isBase64Encoded: false,
    });
    expect(event.requestContext.timeEpoch).toBeGreaterThanOrEqual(before);
  });

  it('omits empty members', async () => {
    const event = await eventOf('POST', '/v1');
    for (const member of ['cookies', 'queryStringParameters', 'body', 'pathParameters', 'stageVariables']) {
      expect(event).not.toHaveProperty(member);
    }
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('has the request id of the response', async () => {
    result = undefined;
    const { headers, text } = await exchange('GET', '/v1/a');
    expect(JSON.parse(text).requestContext.requestId).toBe(headers['apigw-requestid']);
  });

  it('has lowercase header names, joins repeated headers with commas, and omits connection', async () => {
    const { headers } = await eventOf('GET', '/v1/a', {
      'X-Twice': ['a', 'b, c'],
      Connection: 'close',
      Authorization: 'x',
    });
    expect(headers).toMatchObject({ 'x-twice': 'a,b, c', authorization: 'x', 'content-length': '0' });
    expect(headers).not.toHaveProperty('connection');
  });

  it('has the content-length of a body that was sent in chunks', async () => {
    const { headers, body } = await eventOf(
      'POST',
      '/v1',
      { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' },
      'twelve bytes',
    );
    expect({ length: headers['content-length'], body }).toEqual({ length: '12', body: 'twelve bytes' });
  });

  it('lists cookies one by one, and not in the headers', async () => {
    const event = await eventOf('GET', '/v1/a', { cookie: 'a=1; b="x y"; c=' });
    expect(event.cookies).toEqual(['a=1', 'b="x y"', 'c=']);
    expect(event.headers).not.toHaveProperty('cookie');
  });

  it.each([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2&b=3&a=', { a: '1,2,', b: '3' }],
    ['a=', { a: '' }],
    ['a', { a: '' }],
    ['a=x+y', { a: 'x y' }],
    ['a=x%2By', { a: 'x+y' }],
    ['a=%2520', { a: '%20' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=?&b=/', { a: '?', b: '/' }],
    ['%C3%A9=%F0%9F%A6%B7', { é: '🦷' }],
    ['since=2026-03-02T00:00:00+00:00', { since: '2026-03-02T00:00:00 00:00' }],
  ])('has the query %s as sent, and its parameters decoded once', async (query, queryStringParameters) => {
    expect(await eventOf('GET', `/v1/a?${query}`)).toMatchObject({ rawQueryString: query, queryStringParameters });
  });

  it.each([
    ['/v1/a%20b', '/v1/a b', 'a b'],
    ['/v1/a+b', '/v1/a+b', 'a+b'],
    ['/v1/%C3%A9', '/v1/é', 'é'],
    ['/v1/a%252Fb', '/v1/a%2Fb', 'a/b'],
    ['/v1/a%3Fb', '/v1/a', 'a'],
    ['/v1/a%3Fb?c=1', '/v1/a', 'a'],
  ])('has the path %s decoded once, and its parameter decoded twice', async (path, rawPath, id) => {
    const event = await eventOf('GET', path);
    expect(event).toMatchObject({ rawPath, pathParameters: { id } });
    expect(event.requestContext.http.path).toBe(rawPath);
  });
});

describe('a body in the event', () => {
  it.each([
    'text/plain',
    'text/html',
    'text/csv',
    'text/xml',
    'application/json',
    'application/xml',
    'application/javascript',
    'application/graphql',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'text/plain; charset=utf-8',
  ])('is text for %s', async (type) => {
    const event = await eventOf('POST', '/v1', { 'content-type': type }, '{"é":"🦷"}');
    expect(event).toMatchObject({ body: '{"é":"🦷"}', isBase64Encoded: false });
  });

  it('has U+FFFD for each byte that is not UTF-8 if it is text, and keeps a byte order mark', async () => {
    const body = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xe9, 0x62]);
    const event = await eventOf('POST', '/v1', { 'content-type': 'application/json' }, body);
    expect(event).toMatchObject({ body: '\ufeffa\ufffdb', isBase64Encoded: false });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'image/png',
    'application/octet-stream',
    'application/json; charset=iso-8859-1',
    'text/html; charset=utf-8',
    'unknown',
    undefined,
  ])('is base64 for %s', async (type) => {
    const body = Buffer.from([0, 255, 128, 10]);
    const event = await eventOf('POST', '/v1', { ...(type && { 'content-type': type }) }, body);
    expect(event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
  });
});

describe('the route', () => {
  it.each([
    ['GET', '/v1/updates/scan', 'GET /v1/updates/scan'],
    ['GET', '/v1/abc/history', 'GET /v1/{id}/history'],
    ['GET', '/v1/updates/history', 'GET /v1/{id}/history'],
    ['GET', '/v1/updates', 'GET /v1/{id}'],
    ['PUT', '/v1/updates/scan', 'PUT /v1/{id}/{version}'],
    ['POST', '/v1', 'POST /v1'],
  ])('of %s %s is %s', async (method, path, routeKey) => {
    expect((await eventOf(method, path)).routeKey).toBe(routeKey);
  });

  it.each([
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/v1/a/'],
    ['GET', '//v1/a'],
    ['GET', '/v1/a/b'],
    ['GET', '/v1/a%2Fb'],
    ['GET', '/V1/a'],
    ['GET', '/'],
    ['GET', '/?/v1/a'],
    ['PUT', '/v1/a'],
    ['PUT', '/v1/a//'],
    ['DELETE', '/v1/a'],
    ['PATCH', '/v1/a/2'],
    ['OPTIONS', '/v1/a'],
  ])('of %s %s does not exist', async (method, path) => {
    expectGatewayError(await exchange(method, path), 404, 'Not Found');
  });

  it('of a HEAD does not exist, and the 404 has no body', async () => {
    expect(await exchange('HEAD', '/v1/a')).toMatchObject({ status: 404, headers: gatewayHeaders, text: '' });
  });
});

describe("the function's result", () => {
  it('with a statusCode is the response', async () => {
    const reply = await respondTo({ statusCode: 418, headers: { 'X-A': 'b', 'content-type': 'x/y' }, body: 'é' });
    expect(reply).toMatchObject({
      status: 418,
      headers: { 'x-a': 'b', 'content-type': 'x/y', 'content-length': '2' },
      text: 'é',
    });
    expect(reply.headers['apigw-requestid']).toMatch(requestId);
  });

  it.each([
    ['text', { statusCode: 200, body: 'x' }, 'x'],
    ['nothing', { statusCode: 200 }, ''],
    ['the decoded base64', { statusCode: 200, body: 'w6k=', isBase64Encoded: true }, 'é'],
    ['nothing from unknown members', { statusCode: 200, multiValueHeaders: { 'content-type': ['x/y'] }, more: 1 }, ''],
  ])('without a content-type becomes plain text: %s', async (_, returned, text) => {
    const reply = await respondTo(returned);
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, text });
  });

  it('sets its cookies before its set-cookie header', async () => {
    const { headers } = await respondTo({ statusCode: 200, cookies: ['a=1', 'b=2'], headers: { 'Set-Cookie': 'c=3' } });
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2', 'c=3']);
  });

  it.each([
    ['an object', { headers: { a: 'b' }, body: 'x' }, '{"headers":{"a":"b"},"body":"x"}'],
    ['an array', [1, 2], '[1,2]'],
    ['a number', 5, '5'],
    ['a boolean', false, 'false'],
    ['a string', 'plain', 'plain'],
  ])('without a statusCode becomes the body of a 200: %s', async (_, returned, text) => {
    expect(await respondTo(returned)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      text,
    });
  });

  it.each([
    ['a fractional status', { statusCode: 200.5 }],
    ['a status that HTTP does not have', { statusCode: 42 }],
    ['an object as its body', { statusCode: 200, body: { a: 1 } }],
    ['a number as its body', { statusCode: 200, body: 5 }],
  ])('causes a 500 if it has %s', async (_, returned) => {
    expectGatewayError(await respondTo(returned), 500, 'Internal Server Error');
  });

  it('causes a 500 if it cannot be sent', async () => {
    expectGatewayError(await respondTo({ statusCode: 200, headers: { 'x-a': 'a\nb' } }), 500, 'Internal Server Error');
    expect(log.error).toHaveBeenCalledTimes(1);
  });

  it('causes a 500 without the reason if the function throws', async () => {
    result = () => {
      throw new Error('a secret');
    };
    expectGatewayError(await exchange('GET', '/v1/a'), 500, 'Internal Server Error');
  });
});

describe('the limits', () => {
  const json = { 'content-type': 'application/json' };
  const megabytes = (n: number) => Buffer.alloc(n * 1024 * 1024, 'x');

  it('allow 5 MB of text', async () => {
    result = (event) => ({ statusCode: 200, body: String(JSON.stringify(event).length > 5 * 1024 * 1024) });
    expect(await exchange('POST', '/v1', json, megabytes(5))).toMatchObject({ status: 200, text: 'true' });
  });

  it.each([
    ['an event over 6 MB', json, 7],
    ['an event that base64 makes larger than 6 MB', {}, 5],
    ['a body over 10 MB', json, 11],
  ])('return 413 for %s', async (_, headers, size) => {
    result = undefined;
    expectGatewayError(await exchange('POST', '/v1', headers, megabytes(size)), 413, 'Request Entity Too Large');
  });
});

describe('a body over 10 MB', () => {
  const head = (length: string) => `POST /v1 HTTP/1.1\r\nhost: localhost\r\n${length}\r\n\r\n`;
  const megabyte = Buffer.alloc(1024 * 1024, 'x');

  /** Sends the whole request before it reads, as many clients do. Returns everything that it receives. */
  async function sendBeforeReading(length: string, chunks: readonly (string | Buffer)[]): Promise<string> {
    const socket = connect(port, '127.0.0.1').pause();
    socket.write(head(length));
    for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, 'drain');
    return text(socket);
  }

  it.each([
    ['with a length', `content-length: ${12 * megabyte.length}`, Array(12).fill(megabyte)],
    [
      'in chunks',
      'transfer-encoding: chunked',
      [...Array(12).fill(Buffer.concat([Buffer.from('100000\r\n'), megabyte, Buffer.from('\r\n')])), '0\r\n\r\n'],
    ],
  ])('is read to its end and rejected, and the connection closes: %s', async (_, length, chunks) => {
    const response = await sendBeforeReading(length, chunks);
    expect(response).toMatch(/^HTTP\/1\.1 413 /);
    expect(response).toMatch(/^connection: close\r$/im);
    expect(response).toMatch(/\{"message":"Request Entity Too Large"\}$/);
  });
});

describe('the log', () => {
  async function linesOf(...of: Parameters<typeof exchange>) {
    lines.length = 0;
    await exchange(...of);
    return lines;
  }
  const common = { milliseconds: expect.any(Number), requestId: expect.stringMatching(/=$/) };

  it.each([
    [404, 'no route has this method and path', 'GET', '/v2/a', '/v2/a', {}],
    [401, 'no token', 'GET', '/open', '/open', {}],
    [401, 'token contains an invalid number of segments', 'GET', '/open', '/open', { authorization: 'Bearer x' }],
  ])('contains the reason of a %i: %s', async (status, reason, method, path, logged, headers) => {
    expect(await linesOf(method, path, headers)).toEqual([{ ...common, method, path: logged, status, reason }]);
  });

  it('contains the scopes that would avoid a 403, and what is too large for a 413', async () => {
    const authorization = `Bearer ${await aToken({ scope: 'none' })}`;
    const [forbidden] = await linesOf('GET', '/scoped', { authorization });
    expect(forbidden).toMatchObject({ status: 403, reason: 'the token needs a/read or a/write' });
    const [large] = await linesOf('POST', '/v1', {}, Buffer.alloc(11 * 1024 * 1024));
    expect(large).toMatchObject({ status: 413, reason: 'the body is over 10 MB' });
  });

  it('contains the error of a function that failed', async () => {
    result = () => {
      throw new Error('TypeError');
    };
    expect(await linesOf('GET', '/v1/a')).toMatchObject([{ status: 500, reason: 'the function failed: TypeError' }]);
  });

  it('contains only the ids and versions of a path that has a route', async () => {
    result = () => ({ statusCode: 200 });
    const id = '990388e3-51f6-442a-8efa-6b93dcd866e7';
    const paths = [`/v1/${id}/2`, '/v1/Jane%20Doe/2', `/v1/${id}/2%3Fname=Jane`, `/v1/${id}/two`];
    const logged = [];
    for (const path of paths) logged.push(...(await linesOf('PUT', `${path}?name=Jane`)).map((line) => line.path));
    expect(logged).toEqual([`/v1/${id}/2`, '/v1/{id}/2', `/v1/${id}/2`, `/v1/${id}/{version}`]);
  });
});

describe('the claims of a token in the event', () => {
  const bearer = async (claims: Record<string, unknown> = {}) => ({ authorization: `Bearer ${await aToken(claims)}` });

  it('are all strings, without those that are null', async () => {
    const claims = {
      exp: 4_102_444_800,
      flag: true,
      list: ['a', 'b'],
      nested: { k: 'v', n: 1 },
      none: null,
      half: 0.5,
    };
    const { requestContext } = await eventOf('GET', '/open', await bearer(claims));
    expect(requestContext.authorizer.jwt.claims).toMatchObject({
      exp: '4102444800',
      flag: 'true',
      list: '[a b]',
      nested: 'map[k:v n:1]',
      half: '0.5',
      scope: 'appointments/read appointments/write',
    });
    expect(requestContext.authorizer.jwt.claims).not.toHaveProperty('none');
  });

  it("come with the token's scopes if the route has scopes, and otherwise with null", async () => {
    const headers = await bearer({ scope: 'x a/write' });
    const scoped = await eventOf('GET', '/scoped', headers);
    const open = await eventOf('GET', '/open', headers);
    expect(scoped.requestContext.authorizer).toEqual({ jwt: { claims: expect.anything(), scopes: ['x', 'a/write'] } });
    expect(open.requestContext.authorizer.jwt.scopes).toBeNull();
  });

  it('do not replace the authorization header', async () => {
    const headers = await bearer();
    expect((await eventOf('GET', '/open', headers)).headers.authorization).toBe(headers.authorization);
  });
});
