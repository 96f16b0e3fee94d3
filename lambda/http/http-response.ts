import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Violation } from '../appointment/violation.ts';
import { type ErrorName, errorTable } from './error-table.ts';

/** A response as a value. `serialize` turns it into API Gateway's form as the last step. */
export type HttpResponse = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of a success, or the `content` of the error envelope. Not set: an empty body. */
  readonly content?: unknown;
  readonly errorName?: ErrorName;
};

/** The `content` of an error response. */
export type ErrorContent = { readonly message: string } & Readonly<Record<string, unknown>>;

/** The limit of the violations in a response. */
export const maxViolations = 100;

/** 200 with the content as JSON. */
export function ok(content: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status: 200, headers, content };
}

/** 200 with an empty body. */
export function emptyOk(): HttpResponse {
  return { status: 200 };
}

/**
 * An error with its status and, by default, its message from the error table. 429 and 503 carry a random `Retry-After` of 1 to
 * 3 s, so that clients do not all retry at once.
 */
export function errorResponse(errorName: ErrorName, content?: ErrorContent): HttpResponse {
  const { status, meaning } = errorTable[errorName];
  const retryable = status === 429 || status === 503;
  return {
    status,
    errorName,
    content: content ?? { message: meaning },
    ...(retryable && { headers: { 'retry-after': String(1 + Math.floor(Math.random() * 3)) } }),
  };
}

/** 404: the same response for another organization's appointment and for one that never existed. */
export function notFound(): HttpResponse {
  return errorResponse('NotFoundError');
}

/** 422 with the violations, at most the first 100. */
export function unprocessable(violations: readonly Violation[]): HttpResponse {
  const [first, ...others] = violations;
  return errorResponse('UnprocessableEntityError', {
    message: `${first?.message}${others.length > 0 ? ` (and ${others.length} more: see data)` : ''}`,
    data: violations.slice(0, maxViolations),
    ...(violations.length > maxViolations && { truncated: true }),
  });
}

/** The response in API Gateway's form. No cache may store it, because it contains patient data or a token. */
export function serialize({ status, headers, content, errorName }: HttpResponse): APIGatewayProxyStructuredResultV2 {
  const common = { 'cache-control': 'no-store', ...headers };
  if (content === undefined) return { statusCode: status, headers: common, body: '' };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...common },
    body: JSON.stringify(errorName === undefined ? content : { errorName, content }),
  };
}
