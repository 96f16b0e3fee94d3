import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, failure, ok } from './http/answer.ts';
import { boundedBody } from './http/bounded-body.ts';
import { readCredentials } from './http/credentials.ts';
import { failures, outOfTime } from './http/failures.ts';
import { logRequest } from './http/request-log.ts';
import { requestToken } from './token/request-token.ts';

/** POST /api/auth/v2/token: client credentials for a bearer token, in the form that the vendor's clients send and read. */
export const handler = middy<APIGatewayProxyEventV2, Answer>(
  async (event: APIGatewayProxyEventV2) => {
    const credentials = readCredentials(event);
    if ('statusCode' in credentials) return credentials;
    const token = await requestToken(credentials.client_id, credentials.client_secret);
    return token
      ? ok(token)
      : failure('UnauthorizedError', { message: 'The client_id or the client_secret is wrong.' });
  },
  { requestEnd: logRequest, timeoutEarlyResponse: outOfTime },
).use([failures(), boundedBody()]);
