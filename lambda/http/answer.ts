import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Violation } from '../appointment/violation.ts';

export type Answer = APIGatewayProxyStructuredResultV2 & { statusCode: number };

/** The contract's error table: one row for each `errorName`. */
export const statusOf = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  VersionConflictError: 409,
  PayloadTooLargeError: 413,
  UnsupportedMediaTypeError: 415,
  InvalidContentTypeError: 415,
  UnprocessableEntityError: 422,
  IdempotencyKeyReuseError: 422,
  TooManyRequestsError: 429,
  InternalError: 500,
  ServiceUnavailableError: 503,
} as const;

export type ErrorName = keyof typeof statusOf;

/** What an error tells its client beyond the name. */
export type ErrorContent = { message: string } & Record<string, unknown>;

const mostViolations = 100;
const json = { 'content-type': 'application/json; charset=utf-8' };

/** 200 with the value as JSON. */
export function ok(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { statusCode: 200, headers: { ...json, ...headers }, body: JSON.stringify(value) };
}

/** 200 with an empty body. */
export function done(): Answer {
  return { statusCode: 200, body: '' };
}

/** The contract's envelope. 429 and 503 ask the client to come back in 1 to 3 s, spread so that they do not all come at once. */
export function failure(errorName: ErrorName, content: ErrorContent): Answer {
  const statusCode = statusOf[errorName];
  const comeBack = statusCode === 429 || statusCode === 503;
  return {
    statusCode,
    headers: { ...json, ...(comeBack && { 'retry-after': String(1 + Math.floor(Math.random() * 3)) }) },
    body: JSON.stringify({ errorName, content }),
  };
}

/** 404: another organization's appointment is as absent as one that never was. */
export function notFound(): Answer {
  return failure('NotFoundError', { message: 'There is no such appointment.' });
}

/** 422 with the violations, the first 100 of them. */
export function invalid(violations: readonly Violation[]): Answer {
  const [first] = violations;
  const others = violations.length - 1;
  return failure('UnprocessableEntityError', {
    message: `${first?.message}${others > 0 ? ` (and ${others} more, see data)` : ''}`,
    data: violations.slice(0, mostViolations),
    ...(violations.length > mostViolations && { truncated: true }),
  });
}
