import { idempotencyKeyPattern } from '../../lambda/http/read-idempotency-key.ts';
import { versionPattern } from '../../lambda/http/read-path.ts';
import { maxParameterCharacters } from '../../lambda/http/read-query.ts';
import { queryParameters } from '../../lambda/http/route-request.ts';
import type { Route, SynthesizedStack } from '../synthesized-stack.ts';
import { errorResponses, headerRefs } from './error-responses.ts';
import { operations } from './operations.ts';
import { appointmentSchemas, errorSchemas, refTo, type Schema, timestamp, tokenSchemas, uuid } from './schemas.ts';
import { changeEventSchemas, webhooks } from './webhooks.ts';

/** The OpenAPI document of the synthesized stack: openapi.json. @throws Error if operations.ts does not describe a route */
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
      description: [introduction, versionRule, errorsInWords].join('\n\n'),
    },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description: 'A deployed stack. Its output ApiUrl is this URL.',
        variables: { api: { default: 'api' }, region: { default: 'us-east-1' } },
      },
      { url: 'http://localhost:4000', description: 'The local stack: `npm start`.' },
    ],
    tags: [
      { name: 'Appointments', description: 'The appointments of your organization, which the token names.' },
      { name: 'Tokens', description: 'How a client gets a bearer token.' },
      { name: 'Change events', description: 'Events that EventBridge delivers if the stack has the setting `events`.' },
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
            'A bearer JWT from the client credentials grant. The token has all scopes of its client. The parameter `scope` is ignored.',
          flows: { clientCredentials: { tokenUrl: pathOf(tokenRoute), scopes: stack.scopes } },
        },
        basic: {
          type: 'http',
          scheme: 'basic',
          description:
            'For the token route only: client_id as the user name and client_secret as the password, each percent-encoded (RFC 6749, section 2.3.1).',
        },
      },
    },
  };
}

const introduction =
  "This service implements the wire contract of Candid Health's pre-encounter Appointments v1 API, as the vendor's SDK 1.34 defines it. The vendor's own SDKs work against it unmodified. The vendor's `visits` and `visits/counts` need patient and coverage data, which this service does not store, so they return 404.";

const versionRule = `### The version rule

- A new appointment has version 1. Each change creates the next version. Earlier versions never change.
- An **update** sends the **next** version: to update version 1, send \`PUT /appointments/v1/{id}/2\`.
- A **deactivation** sends the **current** version: to deactivate version 1, send \`DELETE /appointments/v1/{id}/1\`.
- If several clients write the same version at the same time, exactly one wins. The others get 409 with \`latest_version\`: read the appointment again, reapply your change, and send \`latest_version\` + 1.

Two clients update version 1 at the same time:

| Client A | Client B | Stored |
| --- | --- | --- |
| reads version 1 | reads version 1 | 1 |
| \`PUT …/2\` → **200** | | 2 |
| | \`PUT …/2\` → **409** | 2 |
| | reads version 2 | 2 |
| | \`PUT …/3\` → **200** | 3 |`;

const errorsInWords =
  '### Errors\n\nBranch on `errorName`, not on the message. A response without `errorName` comes from the gateway, not from the service.';

function pathOf({ segments }: Route): string {
  return `/${segments.join('/')}`;
}

function operationOf(route: Route, responses: Record<string, Schema>): Schema {
  const operation = operations[route.routeKey];
  if (!operation) throw new Error(`operations.ts does not describe ${route.routeKey}.`);
  const { request, response, headers: responseHeaders = [], errors } = operation;
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
        headers: headerRefs(['Cache-Control', ...responseHeaders]),
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
    description: 'The id of the request. Include it when you report a problem.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'No cache may store the response. Responses of the gateway itself lack this header.',
    schema: { const: 'no-store' },
  },
  'WWW-Authenticate': { description: 'Why the gateway rejected the token.', schema: { type: 'string' } },
  'Retry-After': {
    description:
      'How many seconds to wait before a retry: a random 1 to 3. Responses of the gateway itself lack this header.',
    schema: { type: 'integer', minimum: 1, maximum: 3 },
  },
  Link: { description: 'The link to the next page: `<…?since=…>; rel="next"`.', schema: { type: 'string' } },
};

const parameters: Readonly<Record<string, Schema>> = {
  id: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The id of the appointment, which the create returned.',
    schema: uuid,
  },
  version: {
    name: 'version',
    in: 'path',
    required: true,
    description: 'On an update, the **next** version. On a deactivation, the **current** version.',
    schema: { type: 'string', pattern: versionPattern.source },
    example: '2',
  },
  since: {
    name: 'since',
    in: 'query',
    required: true,
    description:
      'Returns appointments whose `updated_at` is this timestamp or later. A space before the UTC offset counts as `+`.',
    schema: timestamp,
    example: '2026-03-02T00:00:00Z',
  },
  cancellation_reason: {
    name: 'cancellation_reason',
    in: 'query',
    description:
      'Why the appointment is deactivated. Stored with the new version, and cleared by the next update. An empty value means *not set*.',
    schema: { type: 'string', maxLength: maxParameterCharacters },
    example: 'Patient moved',
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a retry safe. Send a new random value with each new request, and the same value with its retries. If the first request succeeded, a retry with the same body returns the same response and writes nothing. A different body, or a different `cancellation_reason`, returns 422. The key is scoped to the organization, the method, and the path.',
    schema: { type: 'string', pattern: idempotencyKeyPattern.source },
  },
};
