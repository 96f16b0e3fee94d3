import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, failure } from './answer.ts';

const mostBytes = 256 * 1024;

/** Middleware: 413 for a body over 256 KiB, before anything parses it; decodes one that API Gateway sent as base64. */
export function boundedBody(): MiddlewareObj<APIGatewayProxyEventV2, Answer> {
  return {
    before: ({ event }) => {
      if (event.body === undefined) return undefined;
      if (Buffer.byteLength(event.body, event.isBase64Encoded ? 'base64' : 'utf8') > mostBytes) {
        return failure('PayloadTooLargeError', { message: `The body is larger than 256 KiB (${mostBytes} bytes).` });
      }
      if (event.isBase64Encoded) event.body = Buffer.from(event.body, 'base64').toString();
      event.isBase64Encoded = false;
      return undefined;
    },
  };
}
