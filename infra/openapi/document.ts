import { statusOf } from '../../lambda/http/answer.ts';
import type { Route, Service } from '../local/template.ts';
import { answersOf, functionName } from './answers.ts';
import { errorSchemas } from './errors.ts';
import { operations, parameters, tokenSchemas } from './operations.ts';
import { requests } from './requests.ts';
import { headers, responsesOf } from './responses.ts';
import { appointmentSchemas, type Schema } from './schemas.ts';
import { shared } from './shared.ts';

/** The OpenAPI document of the service that the template describes. @throws Error where its sources do not fit together */
export async function openapiDocument(service: Service, version: string): Promise<Schema> {
  const tokenRoute = service.routes.find(({ jwt }) => jwt === undefined);
  if (!tokenRoute) throw new Error('The template has no open route for tokens.');
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of service.routes) {
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: await operationOf(service, route) };
  }
  requireEveryError(JSON.stringify(paths));
  const { paths: sharing, responses } = shared(paths);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Appointments',
      version,
      description:
        "Speaks the wire contract of Candid Health's pre-encounter Appointments v1, so that the vendor's own client works against it.\n\nA client branches on an error's `errorName`. An answer without one comes from the gateway itself.",
    },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description: "A deployed stack: its output ApiUrl has the API's id.",
        variables: { api: { default: 'api' }, region: { default: 'us-east-1' } },
      },
      { url: 'http://localhost:4000', description: 'The stack on this machine, `npm start`.' },
    ],
    tags: [
      { name: 'Appointments', description: 'Versioned appointments of the organization that the token names.' },
      { name: 'Tokens', description: 'Bearer tokens for clients.' },
    ],
    paths: sharing,
    components: {
      schemas: { ...appointmentSchemas(), ...tokenSchemas, ...errorSchemas() },
      responses,
      parameters,
      headers,
      securitySchemes: {
        [scheme]: {
          type: 'oauth2',
          description: 'A bearer JWT, by client credentials.',
          flows: { clientCredentials: { tokenUrl: pathOf(tokenRoute), scopes: service.scopes } },
        },
      },
    },
  };
}

const scheme = 'token';

function pathOf({ segments }: Route): string {
  return `/${segments.join('/')}`;
}

async function operationOf(service: Service, route: Route): Promise<Schema> {
  const operation = operations[route.routeKey];
  if (!operation) throw new Error(`operations.ts has nothing for ${route.routeKey}.`);
  const { tag, summary, description, request } = operation;
  const answers = await answersOf(service, route);
  return {
    operationId: functionName(service, route).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    tags: [tag],
    summary,
    description,
    security: route.jwt ? [{ [scheme]: route.jwt.scopes }] : [],
    parameters: operation.parameters?.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: request && {
      required: true,
      content: Object.fromEntries(
        Object.entries(request).map(([type, schema]) => [type, { schema, example: goodBody(route) }]),
      ),
    },
    responses: responsesOf(route, operation, answers),
  };
}

/** The body of the first of the route's requests, the one that succeeds. */
function goodBody({ routeKey }: Route): unknown {
  const [good] = Object.values(requests[routeKey] ?? {});
  return good?.body;
}

/** Every error of the contract's table is an answer of some route, or its place in the table is empty talk. */
function requireEveryError(paths: string): void {
  const missing = Object.keys(statusOf).filter((errorName) => !paths.includes(`"errorName":"${errorName}"`));
  if (missing.length > 0) throw new Error(`No request of requests.ts gets ${missing.join(', ')}.`);
}
