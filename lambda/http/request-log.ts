import type { Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Caller } from '../appointment/caller.ts';
import { causeOf } from '../runtime/cause-of.ts';
import type { Answer } from './answer.ts';

/** One line a request: enough to act on, and nothing that a client sent but the ids. */
export function logRequest({ event, response, error }: Request<unknown, Answer>): void {
  const status = response?.statusCode ?? 500;
  const line = {
    status,
    ...(isGatewayEvent(event) && {
      requestId: event.requestContext.requestId,
      route: event.routeKey,
      organization: event.caller?.organizationId,
      appointment: event.path?.id,
      version: event.path?.version,
    }),
    ...(status >= 400 && { errorName: errorNameOf(response?.body) }),
    ...(status >= 500 && error && { cause: causeOf(error) }),
  };
  if (status >= 500) console.error(line);
  else console.info(line);
}

function isGatewayEvent(
  event: unknown,
): event is APIGatewayProxyEventV2 & { caller?: Caller; path?: { id?: string; version?: number } } {
  return typeof event === 'object' && event !== null && 'requestContext' in event;
}

function errorNameOf(body: string | undefined): unknown {
  return body === undefined ? 'InternalError' : JSON.parse(body).errorName;
}
