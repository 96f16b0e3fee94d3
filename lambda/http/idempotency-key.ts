import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, failure } from './answer.ts';

export const visibleAscii = /^[\x21-\x7e]{1,255}$/;

/** Middleware of the routes that write: hands the Idempotency-Key on; 400 where it is out of its bounds. */
export function idempotencyKey(): MiddlewareObj<APIGatewayProxyEventV2 & { idempotencyKey?: string }, Answer> {
  return {
    before: ({ event }) => {
      const key = event.headers['idempotency-key'];
      if (key === undefined) return undefined;
      if (!visibleAscii.test(key)) {
        return failure('BadRequestError', { message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.' });
      }
      event.idempotencyKey = key;
      return undefined;
    },
  };
}
