import { idempotencyKeyPattern } from '../../lambda/http/read-idempotency-key.ts';
import { versionPattern } from '../../lambda/http/read-path.ts';
import { queryParameters } from '../../lambda/http/route-request.ts';
import type { Route, SynthesizedStack } from '../synthesized-stack.ts';
import { errorResponses, headerRefs } from './error-responses.ts';
import { operations } from './operations.ts';
import { appointmentSchemas, errorSchemas, refTo, type Schema, timestamp, tokenSchemas, uuid } from './schemas.ts';
import { changeEventSchemas, webhooks } from './webhooks.ts';

/** The OpenAPI document of the synthesized stack. @throws Error if operations.ts does not describe a route */
export function openapiDocument(stack: SynthesizedStack, version: string): Schema {
  const tokenRoute = stack.routes.find(({ jwt }) => jwt === undefined);
  if (!tokenRoute) throw new Error('The template has no open route for tokens.');
  const responses: Record<string, Schema> = {};
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of stack.routes) {
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, responses) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Appointments',
      version,
      description:
        "The wire contract of Candid Health's pre-encounter Appointments v1 API as its SDK 1.34 defines it: the vendor's own SDKs work against it. The vendor's `visits` and `visits/counts` need patient and coverage data, which this service does not store: they return 404.\n\nBranch on an error's `errorName`. A response without one comes from the gateway itself.",
    },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description: 'A deployed stack. Its output ApiUrl contains the id of the API.',
        variables: { api: { default: 'api' }, region: { default: 'us-east-1' } },
      },
      { url: 'http://localhost:4000', description: 'The local stack, `npm start`.' },
    ],
    tags: [
      { name: 'Appointments', description: 'Versioned appointments of the organization that the token names.' },
      { name: 'Tokens', description: 'Bearer tokens for clients.' },
      { name: 'Change events', description: 'What EventBridge sends if the stack has the setting `events`.' },
    ],
    paths,
    webhooks: webhooks(),
    components: {
      schemas: { ...appointmentSchemas(), ...changeEventSchemas, ...tokenSchemas, ...errorSchemas() },
      responses,
      parameters,
      headers,
      securitySchemes: {
        token: {
          type: 'oauth2',
          description:
            "A bearer JWT from the client credentials grant. It always carries all of its client's scopes, whatever `scope` asks for.",
          flows: { clientCredentials: { tokenUrl: pathOf(tokenRoute), scopes: stack.scopes } },
        },
        basic: {
          type: 'http',
          scheme: 'basic',
          description:
            'For the token route: the client_id and the client_secret, each percent-encoded (RFC 6749, 2.3.1).',
        },
      },
    },
  };
}

function pathOf({ segments }: Route): string {
  return `/${segments.join('/')}`;
}

function operationOf(route: Route, responses: Record<string, Schema>): Schema {
  const operation = operations[route.routeKey];
  if (!operation) throw new Error(`operations.ts does not describe ${route.routeKey}.`);
  const { request, response, headers: sent = [], errors } = operation;
  const inPath = ['id', 'version'].filter((name) => route.segments.includes(`{${name}}`));
  const inQuery = Object.entries(queryParameters).flatMap(([key, name]) => (key === route.routeKey ? [name] : []));
  const inHeaders = route.jwt && route.method !== 'GET' ? ['idempotencyKey'] : [];
  return {
    operationId: route.functionName.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    tags: [route.jwt ? 'Appointments' : 'Tokens'],
    summary: operation.summary,
    description: operation.description,
    security: route.jwt ? [{ token: route.jwt.scopes }] : [{}, { basic: [] }],
    parameters: [...inPath, ...inQuery, ...inHeaders].map((name) => refTo(name, 'parameters')),
    requestBody: request && {
      required: route.jwt !== undefined,
      content: Object.fromEntries(request.types.map((type) => [type, mediaType(request)])),
    },
    responses: {
      200: {
        description: response ? 'Success.' : 'Success. The body is empty.',
        headers: headerRefs(['Cache-Control', ...sent]),
        content: response && { 'application/json': mediaType(response) },
      },
      ...errorResponses(route, errors, request !== undefined, responses),
    },
  };
}

function mediaType({ schema, example }: { readonly schema: Schema; readonly example: unknown }): Schema {
  return { schema, example };
}

const headers: Readonly<Record<string, Schema>> = {
  'apigw-requestid': {
    description: 'The id of the request. Name it when you report a fault.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'A response of the gateway itself does not have it.',
    schema: { const: 'no-store' },
  },
  'WWW-Authenticate': { description: 'Why the gateway rejects the token.', schema: { type: 'string' } },
  'Retry-After': {
    description: 'Seconds to wait: a random 1 to 3. A response of the gateway itself does not have it.',
    schema: { type: 'integer', minimum: 1, maximum: 3 },
  },
  Link: { description: 'The next page: `<…?since=…>; rel="next"`.', schema: { type: 'string' } },
};

const parameters: Readonly<Record<string, Schema>> = {
  id: { name: 'id', in: 'path', required: true, schema: uuid },
  version: {
    name: 'version',
    in: 'path',
    required: true,
    description: 'The **next** version on an update, the **current** version on a deactivation.',
    schema: { type: 'string', pattern: versionPattern.source },
    example: '2',
  },
  since: {
    name: 'since',
    in: 'query',
    required: true,
    description: 'Return changes from this `updated_at` on. A space before the offset counts as `+`.',
    schema: timestamp,
    example: '2026-03-02T00:00:00Z',
  },
  cancellation_reason: {
    name: 'cancellation_reason',
    in: 'query',
    description: 'Why it is deactivated. The new version has it until the next update. Empty means *not set*.',
    schema: { type: 'string', maxLength: 1024 },
    example: 'Patient moved',
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a retry safe. The same key with the same body (on a deactivation: the same `cancellation_reason`), in the same organization and on the same method and path, returns the outcome of the first success.',
    schema: { type: 'string', pattern: idempotencyKeyPattern.source },
  },
};
