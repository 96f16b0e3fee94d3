import type { Request } from '@middy/core';
import { OutcomeUnknownError, ThrottledError } from '../appointment/errors.ts';
import { errorResponse, type HttpResponse } from './http-response.ts';

/**
 * Middy's `onError`: the one place that turns an exception into a response. The response contains nothing of the exception.
 * `timeoutMessage` makes the message of a 503, which tells the client what to do next.
 */
export function errorHandler<Event>(
  timeoutMessage: (event: Event) => string,
): (request: Request<Event>) => HttpResponse {
  return ({ event, error }) => {
    if (error instanceof ThrottledError) return errorResponse('TooManyRequestsError');
    if (error instanceof OutcomeUnknownError) {
      return errorResponse('ServiceUnavailableError', { message: timeoutMessage(event) });
    }
    if (isFromBodyParser(error)) return errorResponse('BadRequestError', { message: messageOf(error) });
    return errorResponse('InternalError', {
      message: 'The service failed. Retry. If it fails again, report the request id in the header apigw-requestid.',
    });
  };
}

/** Middy's early timeout: Lambda will end the function soon, and a write may have happened. */
export function outOfTime(): never {
  throw new OutcomeUnknownError('the function ran out of time');
}

/** Whether the body parser threw the error. Such an error contains the raw body in `cause.data`: never log or return it. */
function isFromBodyParser(error: Error | null | undefined): error is Error {
  const { cause }: { cause?: { package?: unknown } } = Object(error);
  return cause?.package === '@middy/http-json-body-parser';
}

function messageOf({ message, cause }: Error): string {
  if (message.startsWith('Forbidden key')) {
    return 'The body contains a forbidden key: __proto__, or constructor with a member prototype. Remove it.';
  }
  const { message: reason = '' }: { message?: string } = Object(cause);
  return reason.startsWith('Maximum call stack') ? 'The body is nested too deeply.' : 'The body is not valid JSON.';
}
