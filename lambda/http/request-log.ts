import type { Request } from '@middy/core';
import type { Context } from 'aws-lambda';
import { loggableError } from '../runtime/loggable-error.ts';
import type { HttpResponse } from './http-response.ts';
import type { GatewayEvent, Received } from './route-request.ts';

/** Middy's `requestEnd`: logs one line per request. Of what the client sent, it contains only the id and the version in the path. */
export function logRequest(request: Request<unknown, HttpResponse, Error, Context, Partial<Received>>): void {
  const { event, response, error, internal } = request;
  const { requestContext, routeKey }: Partial<GatewayEvent> = Object(event);
  const { status, errorName } = response ?? ({ status: 500, errorName: 'InternalError' } as const);
  const line = {
    status,
    requestId: requestContext?.requestId,
    route: routeKey,
    organization: internal.caller?.organizationId,
    appointment: internal.id,
    version: internal.version,
    errorName,
    ...(status >= 500 && error && { cause: loggableError(error) }),
  };
  if (status >= 500) console.error(line);
  else console.info(line);
}
