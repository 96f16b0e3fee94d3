import type { Answer } from '../../lambda/http/answer.ts';
import type { Route } from '../local/template.ts';
import { gatewayErrors, isErrorName, meanings } from './errors.ts';
import type { Operation } from './operations.ts';
import { refTo, type Schema } from './schemas.ts';

/** The headers of the answers, each under its name in the document. */
export const headers: Readonly<Record<string, Schema>> = {
  'apigw-requestid': { description: "The request's id: name it when you report a fault.", schema: { type: 'string' } },
  'WWW-Authenticate': { description: 'Why the token was refused.', schema: { type: 'string' } },
  'Retry-After': {
    description: 'Seconds to wait, 1 to 3 at random. Not on an answer of the gateway itself.',
    schema: { type: 'integer', minimum: 1, maximum: 3 },
  },
  Link: {
    description: 'Where to go on, as `<…?since=…>; rel="next"`.',
    schema: { type: 'string' },
  },
};

/** The responses of a route, by status: what its handler answered, and what the gateway answers in its place. */
export function responsesOf(
  route: Route,
  operation: Operation,
  answers: Readonly<Record<string, Answer>>,
): Record<string, Schema> {
  const given = Object.entries(answers).map(([name, answer]) => ({ name, ...answer }));
  const statuses = new Set([...given.map(({ statusCode }) => statusCode), ...gatewayStatuses(route, operation)]);
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [
        status,
        response(
          status,
          operation,
          given.filter(({ statusCode }) => statusCode === status),
          gatewayStatuses(route, operation).has(status),
        ),
      ]),
  );
}

function gatewayStatuses({ jwt, segments }: Route, { request }: Operation): ReadonlySet<number> {
  return new Set([
    ...(jwt ? [401, 403] : []),
    ...(segments.some((segment) => segment.startsWith('{')) ? [404] : []),
    ...(request ? [413] : []),
    ...[429, 500, 503],
  ]);
}

type Given = Answer & { readonly name: string };

function response(status: number, operation: Operation, given: readonly Given[], byGateway: boolean): Schema {
  const gateway = byGateway ? gatewayErrors[status] : undefined;
  const errorNames = [...new Set(given.map(errorNameOf).filter(isErrorName))];
  const schemas = [
    ...(status === 200 && operation.success ? [operation.success] : []),
    ...errorNames.map(refTo),
    ...(gateway ? [refTo('GatewayError')] : []),
  ];
  const examples = {
    ...Object.fromEntries(given.map(({ name, body }) => [name, { value: body && JSON.parse(body) }])),
    ...(gateway && { gateway: { value: { message: gateway.message } } }),
  };
  const meaning = [...errorNames.map((name) => meanings[name]), ...(gateway ? [gateway.meaning] : [])];
  const [schema, ...others] = schemas;
  return {
    description: status === 200 ? (operation.success ? 'Done.' : 'Done; the body is empty.') : meaning.join(' '),
    headers: headersOf(byGateway, status, given),
    ...(schema && {
      content: { 'application/json': { schema: others.length > 0 ? { oneOf: schemas } : schema, examples } },
    }),
  };
}

function errorNameOf({ body }: Answer): unknown {
  return body && JSON.parse(body).errorName;
}

function headersOf(byGateway: boolean, status: number, given: readonly Given[]): Schema {
  const sent = new Set([
    'apigw-requestid',
    ...(byGateway && status === 401 ? ['www-authenticate'] : []),
    ...given.flatMap((answer) => Object.keys(answer.headers ?? {})),
  ]);
  const names = Object.keys(headers).filter((name) => sent.has(name.toLowerCase()));
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
