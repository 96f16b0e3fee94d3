import type { Request } from '@middy/core';
import { OutcomeUnknownError, ThrottledError } from '../appointment/errors.ts';
import { errorResponse, type HttpResponse } from './http-response.ts';

/**
 * Middy's `onError`: the one place that turns an exception into a response, which says nothing about the exception.
 * `afterTimeout`: the message of a 503, what the client of this request does when nothing responded in time.
 */
export function errorHandler<Event>(afterTimeout: (event: Event) => string): (request: Request<Event>) => HttpResponse {
  return ({ event, error }) => {
    if (error instanceof ThrottledError) {
      return errorResponse('TooManyRequestsError', { message: 'Too many requests. Nothing was written. Retry later.' });
    }
    if (error instanceof OutcomeUnknownError) {
      return errorResponse('ServiceUnavailableError', { message: afterTimeout(event) });
    }
    if (isFromBodyParser(error)) return errorResponse('BadRequestError', { message: messageOf(error) });
    return errorResponse('InternalError', {
      message: 'The service failed. Retry. If it fails again, report the request id.',
    });
  };
}

/** Middy's early timeout: the function is about to run out of time, and a write may have happened. */
export function outOfTime(): never {
  throw new OutcomeUnknownError('the function ran out of time');
}

/** Its errors carry the body as `cause.data`: never log or return that. */
function isFromBodyParser(error: Error | null | undefined): error is Error {
  const { cause }: { cause?: { package?: unknown } } = Object(error);
  return cause?.package === '@middy/http-json-body-parser';
}

function messageOf({ message, cause }: Error): string {
  if (message.startsWith('Forbidden key')) {
    return 'The body has a forbidden key: __proto__, or constructor with a prototype.';
  }
  const { message: reason = '' }: { message?: string } = Object(cause);
  return reason.startsWith('Maximum call stack') ? 'The body is nested too deeply.' : 'The body is not valid JSON.';
}
