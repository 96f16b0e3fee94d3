import middy, { type Request } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { requireJsonOrForm } from './credentials.ts';
import { decodeBody, limitBody, requireJson } from './decode-body.ts';
import { errorHandler, outOfTime } from './error-handler.ts';
import { type HttpResponse, serialize } from './http-response.ts';
import { readCaller } from './read-caller.ts';
import { readIdempotencyKey } from './read-idempotency-key.ts';
import { readPath } from './read-path.ts';
import { readQuery } from './read-query.ts';
import { logRequest } from './request-log.ts';
import type { GatewayEvent, Received, RequestOf, RouteKey, RouteRequest } from './route-request.ts';

/** A Lambda function behind API Gateway. */
export type GatewayHandler<Event = GatewayEvent> = (
  event: Event,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Makes the Lambda function of a route behind the authorizer. Its Middy chain follows the contract's *Order of checks*. The
 * route key decides which checks run and what the route receives.
 */
export function endpoint<Key extends RouteKey>(
  key: Key,
  route: (request: RequestOf<Key>) => Promise<HttpResponse>,
): GatewayHandler {
  const writes = !key.startsWith('GET ');
  const chain = middy<GatewayEvent, HttpResponse, Error, RouteContext, Received>(settings)
    .onError(errorHandler(({ body }) => timeoutMessage(key, body)))
    .before(readCaller) // 403
    .before(readPath) // 404, 400
    .before(readQuery(key)); // 400
  if (writes) chain.before(readIdempotencyKey); // 400
  if (/^(PUT|POST) /.test(key)) {
    chain
      .before(limitBody) // 413
      .before(requireJson) // 415
      .before(decodeBody) // 400
      .use(httpJsonBodyParser({ disableContentTypeCheck: true })); // 400
  }
  chain.before(handOver).handler(async (event: GatewayEvent, { received }: RouteContext) => {
    if (!received) throw new Error('The step handOver did not run.');
    const request: RouteRequest = { ...received, path: event.rawPath, body: event.body };
    return route(request);
  });
  return async (event, context) => serialize(await chain(event, context));
}

const settings = {
  requestEnd: logRequest,
  // Leaves even a busy CPU enough time to write the response and its log line before Lambda ends the function.
  timeoutEarlyInMillis: 100,
  timeoutEarlyResponse: outOfTime,
};

/** The message of a 503: what a client does next if the outcome is unknown. A create with a placer id ignores the Idempotency-Key. */
function timeoutMessage(key: RouteKey, body: unknown): string {
  if (key.startsWith('GET ')) return 'Timed out. Retry.';
  const { placer_appointment_id: placerId = null } = Object(body);
  return key.startsWith('POST ') && placerId !== null
    ? 'Timed out: the appointment may or may not have been created. Retry: if it was created, the retry gets 409 with its id in data.id.'
    : 'Timed out: the write may or may not have happened. Retry with the same Idempotency-Key.';
}

type RouteContext = Context & { received?: Received };

/** Middy passes only the event and the context to the handler, so this step copies what the steps read into a new context. */
function handOver(request: Request<GatewayEvent, HttpResponse, Error, RouteContext, Received>): void {
  request.context = { ...request.context, received: request.internal };
}

/** What the token route receives. No authorizer has checked the request. */
export type OpenRequest = { readonly headers: APIGatewayProxyEventV2['headers']; readonly body: string };

/** Makes the Lambda function of the token route, which any client may call without a token. */
export function openEndpoint(
  route: (request: OpenRequest) => Promise<HttpResponse>,
): GatewayHandler<APIGatewayProxyEventV2> {
  const chain = middy<APIGatewayProxyEventV2, HttpResponse>(settings)
    .onError(errorHandler(() => 'The token issuer did not respond in time. Retry.'))
    .before(limitBody) // 413
    .before(requireJsonOrForm) // 415
    .before(decodeBody) // 400
    .handler(async ({ headers, body = '' }: APIGatewayProxyEventV2) => route({ headers, body }));
  return async (event, context) => serialize(await chain(event, context));
}
