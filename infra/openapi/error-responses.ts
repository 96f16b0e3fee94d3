import { parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import { type ErrorName, errorTable } from '../../lambda/http/error-table.ts';
import { unprocessable } from '../../lambda/http/http-response.ts';
import { writeResponse } from '../../lambda/http/write-response.ts';
import type { Route } from '../synthesized-stack.ts';
import { refTo, type Schema } from './schemas.ts';

type GatewayError = { readonly message: string; readonly meaning: string };

/** Responses that the gateway sends itself, by status: `{"message": …}` without an `errorName`. */
const gatewayErrors: Readonly<Record<number, GatewayError>> = {
  401: { message: 'Unauthorized', meaning: 'The token is missing, expired, or not valid.' },
  403: { message: 'Forbidden', meaning: 'The token lacks the scope of this route.' },
  404: { message: 'Not Found', meaning: 'No route has this path: for example, a part of the path is empty.' },
  413: { message: 'Request Entity Too Large', meaning: 'The request is too large for the gateway.' },
  429: { message: 'Too Many Requests', meaning: 'The gateway throttles the request. Nothing was written.' },
  500: {
    message: 'Internal Server Error',
    meaning: 'The function crashed. If the request was a write, it may or may not have happened.',
  },
  503: {
    message: 'Service Unavailable',
    meaning: 'The function did not respond in time. If the request was a write, it may or may not have happened.',
  },
};

/**
 * The error responses of a route by status: those of the service and those of the gateway. Each is a reference to an entry
 * in `shared`, because several routes have the same response.
 */
export function errorResponses(
  { jwt, segments }: Route,
  errorNames: readonly ErrorName[],
  hasBody: boolean,
  shared: Record<string, Schema>,
): Record<string, Schema> {
  const gatewayStatuses = [
    ...(jwt ? [401, 403] : []),
    ...(segments.some((segment) => segment.startsWith('{')) ? [404] : []),
    ...(hasBody ? [413] : []),
    ...[429, 500, 503],
  ];
  const statuses = new Set([...errorNames.map((errorName) => errorTable[errorName].status), ...gatewayStatuses]);
  return Object.fromEntries(
    [...statuses].map((status) => {
      const ofStatus = errorNames.filter((errorName) => errorTable[errorName].status === status);
      const gateway = gatewayStatuses.includes(status) ? gatewayErrors[status] : undefined;
      const name = [status, ...ofStatus, ...(gateway ? ['Gateway'] : [])].join('.');
      shared[name] = errorResponse(ofStatus, gateway, headersOf(status, ofStatus));
      return [status, refTo(name, 'responses')];
    }),
  );
}

function headersOf(status: number, errorNames: readonly ErrorName[]): string[] {
  if (errorNames.length === 0) return status === 401 ? ['WWW-Authenticate'] : [];
  return status === 429 || status === 503 ? ['Cache-Control', 'Retry-After'] : ['Cache-Control'];
}

function errorResponse(errorNames: readonly ErrorName[], gateway: GatewayError | undefined, headers: string[]): Schema {
  const schemas = [...errorNames, ...(gateway ? ['GatewayError'] : [])].map((name) => refTo(name));
  const meanings = errorNames.map((errorName) => [`\`${errorName}\``, errorTable[errorName].meaning]);
  if (gateway) meanings.push(['From the gateway, without `errorName`', gateway.meaning]);
  const examples = errorNames.map((errorName): [string, Schema] => [errorName, { value: exampleOf(errorName) }]);
  if (gateway) examples.push(['GatewayError', { value: { message: gateway.message } }]);
  return {
    description: meanings.map(([source, meaning]) => `- ${source}: ${meaning}`).join('\n'),
    headers: headerRefs(headers),
    content: {
      'application/json': {
        schema: schemas.length > 1 ? { oneOf: schemas } : schemas[0],
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** References to the headers of a response, by name. */
export function headerRefs(names: readonly string[]): Schema {
  return Object.fromEntries(['apigw-requestid', ...names].map((name) => [name, refTo(name, 'headers')]));
}

/** An example of what the handlers return. The handlers' own functions make the two examples that have more than a message. */
function exampleOf(errorName: ErrorName): Schema {
  if (errorName === 'VersionConflictError') {
    return { errorName, content: writeResponse({ outcome: 'conflict', latestVersion: 2 }).content };
  }
  const parsed = parseAppointment({ patient_id: 'patient-1', status: 'NOT_READY' });
  if (errorName === 'UnprocessableEntityError' && parsed.outcome === 'invalid') {
    return { errorName, content: unprocessable(parsed.violations).content };
  }
  return { errorName, content: { message: errorTable[errorName].meaning } };
}
