import { statusRules } from '../../lambda/appointment/status-rules.ts';
import type { Violation } from '../../lambda/appointment/violation.ts';
import { type ErrorName, statusOf } from '../../lambda/http/answer.ts';
import { refTo, type Schema } from './schemas.ts';

/** What each error means to its client. Which routes give it is in `requests.ts`. */
export const meanings: Readonly<Record<ErrorName, string>> = {
  BadRequestError: 'A part of the request cannot be read.',
  UnauthorizedError: 'Wrong credentials.',
  ForbiddenError: 'The token is valid, but names no organization or no user.',
  NotFoundError: "There is no such appointment in the caller's organization.",
  VersionConflictError: 'Not the right version, or a placer id that was used before: go on from `latest_version`.',
  PayloadTooLargeError: 'The request or its answer is too large.',
  UnsupportedMediaTypeError: 'The body is not declared as JSON.',
  InvalidContentTypeError: 'The body is declared neither as JSON nor as a form.',
  UnprocessableEntityError: 'The body breaks the schema or a rule: `data` lists every violation, the first 100.',
  IdempotencyKeyReuseError: 'The Idempotency-Key was used with another body.',
  TooManyRequestsError: 'Too many requests. Nothing was written.',
  InternalError: 'The service failed.',
  ServiceUnavailableError: 'No answer in time. Whether a write was done is not known: repeat it.',
};

/** The answers that come from the gateway itself, by status: `{"message": …}` and no `errorName`. */
export const gatewayErrors: Readonly<Record<number, { readonly message: string; readonly meaning: string }>> = {
  401: { message: 'Unauthorized', meaning: 'No token, or one that the gateway refuses.' },
  403: { message: 'Forbidden', meaning: "The token lacks the route's scope." },
  404: { message: 'Not Found', meaning: 'There is no such route, as where a part of the path is empty.' },
  413: { message: 'Request Entity Too Large', meaning: 'The request is too large for the gateway.' },
  429: { message: 'Too Many Requests', meaning: 'The gateway throttles.' },
  500: { message: 'Internal Server Error', meaning: 'A function failed.' },
  503: { message: 'Service Unavailable', meaning: 'A function did not answer in time.' },
};

const violationProperties: Readonly<Record<keyof Violation, Schema>> = {
  path: { type: 'string', description: 'RFC 6901 pointer of the field itself, a missing one too.' },
  rule: {
    type: 'string',
    description: `A JSON Schema keyword, or the rule between fields: ${statusRules.map(({ rule }) => `\`${rule}\``).join(', ')}.`,
  },
  message: { type: 'string' },
};

/** What an error's content has beyond its message. */
const contents: Partial<Record<ErrorName, Schema>> = {
  VersionConflictError: {
    required: ['message', 'latest_version'],
    properties: {
      message: { type: 'string' },
      latest_version: { type: 'integer', minimum: 1, description: 'The current version.' },
      data: {
        type: 'object',
        description: 'Of a create: the appointment that has this placer id.',
        required: ['id'],
        properties: { id: { type: 'string', format: 'uuid' } },
      },
    },
  },
  UnprocessableEntityError: {
    required: ['message', 'data'],
    properties: {
      message: { type: 'string' },
      data: { type: 'array', maxItems: 100, items: refTo('Violation') },
      truncated: { const: true, description: 'There are more than 100.' },
    },
  },
};

/** The schema of every error, by its `errorName`, and of the gateway's own. */
export function errorSchemas(): Record<string, Schema> {
  const errorNames = Object.keys(statusOf).filter(isErrorName);
  return {
    ...Object.fromEntries(errorNames.map((errorName) => [errorName, errorSchema(errorName)])),
    Violation: {
      title: 'Violation',
      type: 'object',
      required: Object.keys(violationProperties),
      properties: violationProperties,
    },
    GatewayError: {
      title: 'GatewayError',
      description: 'An answer of the gateway itself: it has no `errorName`.',
      type: 'object',
      required: ['message'],
      properties: { message: { type: 'string' }, errorName: false },
    },
  };
}

function errorSchema(errorName: ErrorName): Schema {
  return {
    title: errorName,
    description: meanings[errorName],
    type: 'object',
    required: ['errorName', 'content'],
    properties: {
      errorName: { type: 'string', const: errorName },
      content: { type: 'object', ...(contents[errorName] ?? messageOnly) },
    },
  };
}

const messageOnly: Schema = { required: ['message'], properties: { message: { type: 'string' } } };

export function isErrorName(name: unknown): name is ErrorName {
  return typeof name === 'string' && Object.hasOwn(statusOf, name);
}
