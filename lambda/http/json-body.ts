import type { MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, failure } from './answer.ts';

/** Middleware: parses a body that is declared as JSON, in place; else 415 or 400. */
export function jsonBody(): MiddlewareObj<APIGatewayProxyEventV2, Answer> {
  const { before: parse } = httpJsonBodyParser<APIGatewayProxyEventV2>();
  return {
    before: async (request) => {
      const text = request.event.body ?? '';
      try {
        await parse?.(request);
        return undefined;
      } catch (error) {
        if (error instanceof Error && 'statusCode' in error && error.statusCode === 415) {
          return failure('UnsupportedMediaTypeError', { message: 'The content-type must be application/json.' });
        }
        // The parser also refuses `__proto__` and `constructor`, without saying where. Parsed plainly they are
        // members like any other, and the schema refuses them by their pointer.
        return parsePlainly(request.event, text);
      }
    },
  };
}

function parsePlainly(event: APIGatewayProxyEventV2, text: string): Answer | undefined {
  try {
    event.body = JSON.parse(text);
    return undefined;
  } catch {
    // V8's message quotes the body, which may be a patient's data.
    return failure('BadRequestError', { message: 'The body is not valid JSON.' });
  }
}
