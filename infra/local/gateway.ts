import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Route } from '../synthesized-stack.ts';
import { type Authorized, authorize } from './authorizer.ts';
import { explain } from './explain-error.ts';
import { faultHeader } from './local-faults.ts';
import type { Invoke } from './local-functions.ts';
import { pathForLog, type RequestLine, type StackLog } from './stack-log.ts';

/** API Gateway's and Lambda's limits, in bytes. */
const maxPayload = 10 * 1024 * 1024;
const maxEvent = 6 * 1024 * 1024;

type GatewayResponse = {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
  /** For the log: the reason, if the response is the gateway's own. */
  readonly reason?: string | undefined;
};

/** Serves the routes as an API Gateway HTTP API does (payload format 2.0, `$default` stage). */
export function gateway(
  routes: readonly Route[],
  invoke: Invoke,
  log: Pick<StackLog, 'request' | 'error'>,
): RequestListener {
  return async (request, response) => {
    const start = performance.now();
    const requestId = randomBytes(11).toString('base64');
    const [path = '/', ...query] = (request.url ?? '/').split('?');
    // Despite its name, `rawPath` is percent-decoded. It ends at a decoded question mark.
    const [rawPath = '/'] = decoded(path).split('?');
    const matched = match(routes, request.method ?? 'GET', rawPath.split('/').slice(1));
    let sent = matched
      ? await respond(request, requestId, matched, rawPath, query.join('?'), invoke).catch(failed)
      : gatewayError(404, 'Not Found', 'no route has this method and path');
    try {
      send(response, requestId, sent);
    } catch (error) {
      sent = failed(error);
      send(response, requestId, sent);
    }
    log.request({
      method: request.method ?? '',
      path: matched ? pathOf(matched) : pathForLog(path),
      status: sent.status,
      ...errorIn(sent),
      reason: sent.reason,
      fault: sent.headers[faultHeader]?.toString(),
      milliseconds: Math.round(performance.now() - start),
      requestId,
    });

    function failed(error: unknown): GatewayResponse {
      if (response.destroyed) return gatewayError(499, '', 'the client closed the connection');
      log.error('gateway', explain(error));
      return gatewayError(500, 'Internal Server Error', 'the gateway failed');
    }
  };
}

async function respond(
  request: IncomingMessage,
  requestId: string,
  matched: Match,
  rawPath: string,
  rawQueryString: string,
  invoke: Invoke,
): Promise<GatewayResponse> {
  const authorized = matched.route.jwt && (await authorize(request.headers.authorization, matched.route.jwt));
  if (authorized && 'status' in authorized) return unauthorized(authorized, matched.route);

  const body = await read(request);
  if (!body) return tooLarge('the body is over 10 MB', { connection: 'close' });
  const event = JSON.stringify(eventOf(request, requestId, matched, rawPath, rawQueryString, body, authorized));
  if (Buffer.byteLength(event) > maxEvent) return tooLarge('the event for the function is over 6 MB');
  try {
    return responseFrom(await invoke(matched.route.functionId, JSON.parse(event)));
  } catch (error) {
    // The reason goes to the log only, not to the client.
    const why = error instanceof Error ? error.message : String(error);
    return gatewayError(500, 'Internal Server Error', `the function failed: ${why}`);
  }
}

type Match = { readonly route: Route; readonly parameters: Readonly<Record<string, string>> };

/** Finds the route for the method and the path. If several match, a literal segment wins over a variable, from left to right. */
function match(routes: readonly Route[], method: string, path: readonly string[]): Match | undefined {
  const [route] = routes
    .filter((candidate) => candidate.method === method && candidate.segments.length === path.length)
    .filter(({ segments }) =>
      segments.every((segment, i) => (isVariable(segment) ? path[i] !== '' : segment === path[i])),
    )
    .sort((a, b) => rank(a).localeCompare(rank(b)));
  if (!route) return undefined;
  const parameters = route.segments
    .map((segment, i) => [segment.slice(1, -1), decoded(path[i] ?? ''), isVariable(segment)] as const)
    .filter(([, , variable]) => variable);
  return { route, parameters: Object.fromEntries(parameters) };
}

function isVariable(segment: string): boolean {
  return segment.startsWith('{');
}

function rank({ segments }: Route): string {
  return segments.map((segment) => (isVariable(segment) ? '1' : '0')).join('');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads the body, or returns undefined if it exceeds the gateway's limit. It still reads to the end, because many clients read the response only after they sent everything. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxPayload) chunks.push(chunk);
  }
  return size <= maxPayload ? Buffer.concat(chunks) : undefined;
}

const textTypes =
  /^(?:text\/(?:plain|html|csv|xml)|application\/(?:json|xml|javascript|graphql)|(?:text\/plain|application\/json);\s*charset=utf-8)$/i;

function eventOf(
  request: IncomingMessage,
  requestId: string,
  { route, parameters }: Match,
  rawPath: string,
  rawQueryString: string,
  body: Buffer,
  authorizer: Authorized | undefined,
): unknown {
  const {
    cookie,
    connection: _,
    ...headers
  } = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(',') ?? '']),
  );
  const query = queryOf(rawQueryString);
  const isText = textTypes.test(headers['content-type'] ?? '');
  const now = new Date();
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath,
    rawQueryString,
    ...(cookie && { cookies: cookie.split(/; ?/) }),
    headers: {
      'content-length': String(body.length),
      ...headers,
      'x-amzn-trace-id': `Root=1-${Math.floor(now.getTime() / 1_000).toString(16)}-${randomBytes(12).toString('hex')}`,
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'local',
      ...(authorizer && { authorizer }),
      domainName: request.headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.routeKey,
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Decodes the query once, with `+` as a space. Joins repeated parameters with a comma. */
function queryOf(rawQueryString: string): Record<string, string> | undefined {
  if (rawQueryString === '') return undefined;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return query;
}

/** `12/Mar/2020:19:03:58 +0000` */
function clfTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Converts a function's result to a response. Without a `statusCode`, the whole result is the body of a 200. */
function responseFrom(result: unknown): GatewayResponse {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }
  const { statusCode, headers, body, cookies, isBase64Encoded }: HandlerResponse = result;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599 || (body !== undefined && typeof body !== 'string')) {
    return gatewayError(500, 'Internal Server Error', 'the function returned a malformed response');
  }
  const { 'set-cookie': cookie, ...others } = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...others,
      'set-cookie': [cookies ?? [], cookie ?? []].flat(),
    },
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

type HandlerResponse = {
  statusCode: unknown;
  headers?: Record<string, unknown>;
  body?: unknown;
  cookies?: string[];
  isBase64Encoded?: boolean;
};

/** The gateway's own response, without `errorName`. The reason goes to the log. */
function gatewayError(
  status: number,
  message: string,
  reason: string,
  headers: Record<string, string> = {},
): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify({ message })),
    reason,
  };
}

function tooLarge(reason: string, headers?: Record<string, string>): GatewayResponse {
  return gatewayError(413, 'Request Entity Too Large', reason, headers);
}

function unauthorized(rejection: Extract<Authorized, { status: number }>, { jwt }: Route): GatewayResponse {
  if (rejection.status === 403) return gatewayError(403, 'Forbidden', `the token needs ${jwt?.scopes.join(' or ')}`);
  const { reason } = rejection;
  const why = reason === undefined ? '' : ` scope="" error="invalid_token" error_description="${reason}"`;
  return gatewayError(401, 'Unauthorized', reason ?? 'no token', { 'www-authenticate': `Bearer${why}` });
}

/** The path for the log. It shows only ids and versions, and the variable's name for any other value. */
function pathOf({ route, parameters }: Match): string {
  const segments = route.segments.map((segment) => {
    const value = parameters[segment.slice(1, -1)] ?? '';
    return isVariable(segment) && /^([0-9a-f-]{36}|[0-9]{1,15})$/i.test(value) ? value : segment;
  });
  return `/${segments.join('/')}`;
}

/** The function's error for the log. The name of an unknown field comes from the client, so the log has only the path of its object. */
function errorIn({ status, body, reason }: GatewayResponse): Pick<RequestLine, 'errorName' | 'violations'> {
  if (status < 400 || reason !== undefined) return {};
  try {
    const { errorName, content }: ErrorBody = JSON.parse(body.toString());
    if (errorName !== 'UnprocessableEntityError') return { errorName };
    const violations = content?.data?.map(({ path, rule }) => ({
      path: rule === 'additionalProperties' ? path.slice(0, path.lastIndexOf('/')) : path,
      rule,
    }));
    return { errorName, violations };
  } catch {
    return {};
  }
}

type ErrorBody = { errorName?: string; content?: { data?: { path: string; rule: string }[] } };

function send(response: ServerResponse, requestId: string, { status, headers, body }: GatewayResponse): void {
  response.writeHead(status, { ...headers, 'content-length': body.length, 'apigw-requestid': requestId });
  response.end(body);
}
