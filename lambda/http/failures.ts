import type { MiddlewareObj } from '@middy/core';
import { Throttled, Unavailable } from '../appointment/unanswered.ts';
import { type Answer, failure } from './answer.ts';

/** Middleware: the one place where an exception becomes an answer, which says nothing of the exception. */
export function failures(): MiddlewareObj<unknown, Answer> {
  return {
    onError: ({ error }) => {
      if (error instanceof Throttled) {
        return failure('TooManyRequestsError', { message: 'Too many requests. Nothing was written: repeat it later.' });
      }
      if (error instanceof Unavailable) {
        return failure('ServiceUnavailableError', {
          message:
            'No answer in time. A write may have been done or not: repeat it, with an Idempotency-Key exactly once.',
        });
      }
      return failure('InternalError', {
        message: 'The service failed. Repeat it; if it stays, report the request id.',
      });
    },
  };
}

/** Middy's last word when the function is about to run out of time: a write may have been done or not. */
export function outOfTime(): never {
  throw new Unavailable('the function ran out of time');
}
