import { errorResponse } from './http-response.ts';
import type { Step } from './route-request.ts';

export const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

/** Step: the optional Idempotency-Key. 400 if it is out of bounds. */
export const readIdempotencyKey: Step = ({ event, internal }) => {
  const key = event.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (!idempotencyKeyPattern.test(key)) {
    return errorResponse('BadRequestError', { message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.' });
  }
  internal.idempotencyKey = key;
  return undefined;
};
