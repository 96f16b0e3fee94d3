import { errorResponse, serialize } from '../../lambda/http/http-response.ts';
import type { FunctionSettings } from '../synthesized-stack.ts';
import { databaseFaults, startFaultyDatabase } from './faulty-database.ts';
import { type FunctionLog, type Invoke, type LambdaEnvironment, LocalFunctions } from './local-functions.ts';

/** The header that requests a fault. The response has it too. */
export const faultHeader = 'x-local-fault';

/** The writes of this client get each fault in turn, then no fault, then start over. */
export const flakyClient = 'flaky';

// With this clock, the retry budget of 8 s takes 0.4 s.
const clockSpeed = 20;

/** Starts the functions once more for each fault, each time with a database that has this fault. */
export async function startFaultyFunctions(
  settings: readonly FunctionSettings[],
  environment: () => Promise<LambdaEnvironment>,
  database: string,
  { functionLine }: FunctionLog,
) {
  const stops: (() => unknown)[] = [];
  const functions = new Map<string, LocalFunctions>();
  for (const [name, fault] of Object.entries(databaseFaults)) {
    const { endpoint, stop } = await startFaultyDatabase(fault, database);
    const faulty = async () => ({ ...(await environment()), AWS_ENDPOINT_URL_DYNAMODB: endpoint });
    // Their errors are expected, so do not log them.
    const started = new LocalFunctions(settings, faulty, { functionLine, error: () => {} }, clockSpeed);
    stops.push(() => started.stop(), stop);
    functions.set(name, started);
  }
  return {
    invokes: new Map([...functions].map(([name, { invoke }]) => [name, invoke])),
    restart: () => {
      for (const each of functions.values()) each.restart();
    },
    stop: async () => {
      for (const end of stops) await end();
    },
  };
}

/** The parts of an event that decide about the fault. */
type WriteEvent = {
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly authorizer: { readonly jwt: { readonly claims: Readonly<Record<string, string>> } };
  };
};

/** Calls a function, or the same function in `faulty` if the event is a write that requests a fault. */
export function withLocalFaults(invoke: Invoke, faulty: ReadonlyMap<string, Invoke>): Invoke {
  const turns = [...faulty.keys(), undefined];
  let turn = 0;
  return async (functionId, event) => {
    const fault = isWrite(event) ? faultOf(event) : undefined;
    if (fault === undefined) return invoke(functionId, event);
    const invokeFaulty = faulty.get(fault);
    if (!invokeFaulty) {
      const message = `${faultHeader} must be one of ${[...faulty.keys()].join(', ')}.`;
      return serialize(errorResponse('BadRequestError', { message }));
    }
    const { headers, ...result }: { headers?: object } = Object(await invokeFaulty(functionId, event));
    return { ...result, headers: { ...headers, [faultHeader]: fault } };
  };

  function faultOf({ headers, requestContext }: WriteEvent): string | undefined {
    if (headers[faultHeader] !== undefined) return headers[faultHeader];
    if (requestContext.authorizer.jwt.claims.client_id !== flakyClient) return undefined;
    return turns[turn++ % turns.length];
  }
}

/** The token route writes nothing and has no authorizer. */
function isWrite(event: unknown): event is WriteEvent {
  const { requestContext }: Partial<WriteEvent> = Object(event);
  return requestContext?.authorizer !== undefined && requestContext.http.method !== 'GET';
}
