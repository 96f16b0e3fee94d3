import { basename, dirname } from 'node:path';
import { mock } from 'node:test';
import type { Answer } from '../../lambda/http/answer.ts';
import type { FunctionSettings, Route, Service } from '../local/template.ts';
import { claims, now, type Request, requests } from './requests.ts';

export type Handler = (event: unknown, context: unknown) => Promise<Answer>;

/** The name of the route's function, which is the name of its file under lambda/. */
export function functionName({ functions }: Service, { functionId }: Route): string {
  const settings = functions.find(({ id }) => id === functionId);
  if (!settings) throw new Error(`The template has no function ${functionId}.`);
  return basename(dirname(settings.module));
}

/**
 * What the route's own handler answers to each of its requests, with a store and an issuer that answer as the request
 * says, and at a time that stands still: the same code gives the same examples.
 */
export async function answersOf(service: Service, route: Route): Promise<Record<string, Answer>> {
  const wanted = requests[route.routeKey];
  if (!wanted) throw new Error(`requests.ts has nothing for ${route.routeKey}.`);
  const handler = await handlerOf(service, route);
  const answers: Record<string, Answer> = {};
  for (const [name, request] of Object.entries(wanted)) answers[name] = await answerTo(handler, route, request);
  return answers;
}

async function handlerOf(service: Service, route: Route): Promise<Handler> {
  Object.assign(process.env, ...service.functions.map(({ environment }: FunctionSettings) => environment));
  process.env.AWS_REGION ??= 'us-east-1';
  const { handler }: { handler: Handler } = await import(`../../lambda/${functionName(service, route)}.ts`);
  return handler;
}

async function answerTo(handler: Handler, { routeKey }: Route, request: Request): Promise<Answer> {
  // Only now: the client reads the environment as it loads.
  const { dynamodb } = await import('../../lambda/store/client.ts');
  mock.method(dynamodb, 'send', async ({ input }: { input: Record<string, unknown> }) => request.store?.(input));
  mock.method(globalThis, 'fetch', async () => request.issuer?.());
  mock.timers.enable({ apis: ['Date'], now: Date.parse(now) });
  for (const method of ['info', 'error'] as const) mock.method(console, method, () => {});
  try {
    return await handler(eventOf(routeKey, request), { getRemainingTimeInMillis: () => 20_000 });
  } finally {
    mock.timers.reset();
    mock.restoreAll();
  }
}

function eventOf(routeKey: string, request: Request): unknown {
  const { body } = request;
  return {
    routeKey,
    rawPath: routeKey.split(' ')[1],
    rawQueryString: request.query ?? '',
    headers: { 'content-type': 'application/json', ...request.headers },
    pathParameters: request.path,
    requestContext: { requestId: '', authorizer: { jwt: { claims: request.claims ?? claims } } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
  };
}
