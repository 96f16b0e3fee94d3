import middy, { type MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { Caller } from '../appointment/caller.ts';
import { type Answer, failure, notFound } from './answer.ts';
import { callerOf } from './caller.ts';
import { failures, outOfTime } from './failures.ts';
import { logRequest } from './request-log.ts';

type Path = { id: string; version: number };

/** A request as a route reads it: API Gateway's event, the caller, the parameters `P` of the route's path, and what its own middlewares add. */
export type Call<P extends keyof Path> = APIGatewayProxyEventV2WithJWTAuthorizer & {
  caller: Caller;
  path: Pick<Path, P>;
  idempotencyKey?: string;
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const versionNumber = /^[1-9][0-9]{0,14}$/;

/** The one Middy chain: caller (403), path (404, 400), the route, exceptions (429, 500, 503), one log line. */
export function endpoint<P extends keyof Path = never>(
  route: (call: Call<P>) => Promise<Answer>,
): MiddyfiedHandler<Call<P>, Answer> {
  return middy<Call<P>, Answer>(route, {
    requestEnd: logRequest,
    // Enough for a busy CPU to write its answer and its log line before Lambda ends the function.
    timeoutEarlyInMillis: 100,
    timeoutEarlyResponse: outOfTime,
  })
    .use(failures())
    .before(({ event }) => {
      const caller = callerOf(event.requestContext.authorizer.jwt.claims);
      if (!caller) return failure('ForbiddenError', { message: 'The token names no organization or no user.' });
      event.caller = caller;

      const { id, version } = event.pathParameters ?? {};
      if (id !== undefined && !uuid.test(id)) return notFound();
      if (version !== undefined && !versionNumber.test(version)) {
        return failure('BadRequestError', {
          message: 'version must be a whole number of 1 to 15 digits, without leading zero.',
        });
      }
      Object.assign(event, { path: { id: id?.toLowerCase(), version: version && Number(version) } });
      return undefined;
    });
}
