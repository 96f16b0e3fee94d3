import type { MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, failure } from './answer.ts';

const json = /^application\/([a-z0-9.+-]+\+)?json[ \t]*(;|$)/i;

// The names that Middy's parser refuses, and the escape by which a text could spell them otherwise.
const guarded = ['__proto__', 'constructor', '\\u'];

/** Middleware: parses a body that is declared as JSON, in place; else 415 or 400. */
export function jsonBody(): MiddlewareObj<APIGatewayProxyEventV2, Answer> {
  const { before: parseGuarded } = httpJsonBodyParser<APIGatewayProxyEventV2>({ disableContentTypeCheck: true });
  return {
    before: async (request) => {
      const { event } = request;
      if (!json.test(event.headers['content-type'] ?? '')) {
        return failure('UnsupportedMediaTypeError', { message: 'The content-type must be application/json.' });
      }
      const text = event.body ?? '';
      // The guard asks about every member. That takes ten times as long as the parsing, which needs it only for these.
      if (!guarded.some((name) => text.includes(name))) return parsePlainly(event, text);
      try {
        await parseGuarded?.(request);
        return undefined;
      } catch {
        // It does not say where. Parsed plainly they are members like any other, and the schema refuses them by their
        // pointer.
        return parsePlainly(event, text);
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
