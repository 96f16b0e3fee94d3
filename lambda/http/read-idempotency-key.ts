import { errorResponse } from './http-response.ts';
import type { Step } from './route-request.ts';

export const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

/** Step: reads the optional header Idempotency-Key. 400 if it is malformed. */
export const readIdempotencyKey: Step = ({ event, internal }) => {
  const key = event.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (!idempotencyKeyPattern.test(key)) {
    return errorResponse('BadRequestError', {
      message: 'The header Idempotency-Key must have 1 to 255 visible ASCII characters and no spaces.',
    });
  }
  internal.idempotencyKey = key;
  return undefined;
};
