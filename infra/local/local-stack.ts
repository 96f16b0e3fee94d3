import type { IncomingMessage, ServerResponse } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { bundle } from '../build/bundle.ts';
import { synthesize } from '../synthesized-stack.ts';
import { checkDynamoDB, createTables, type Database, startDynoxide } from './database.ts';
import { docs } from './docs.ts';
import { startEventBus } from './event-bus.ts';
import { followStream } from './follow-stream.ts';
import { gateway } from './gateway.ts';
import { databaseAccess } from './lambda-environment.ts';
import { bypassProxyOnLoopback } from './listen.ts';
import { startFaultyFunctions, withLocalFaults } from './local-faults.ts';
import { LocalFunctions } from './local-functions.ts';
import { oidcIssuer } from './local-issuer.ts';
import { openPorts, type PortOptions } from './ports.ts';
import { pathForLog, type StackLog } from './stack-log.ts';
import { positionsIn, positionsTable } from './stream-positions.ts';
import { watchFunctions } from './watch-functions.ts';

export type LocalStackOptions = PortOptions & {
  /** The endpoint of a DynamoDB to use instead of the built-in database. */
  readonly dynamodb: string | undefined;
  /** The file of the built-in database. Undefined: in memory. */
  readonly dataFile?: string | undefined;
  /** An OIDC issuer to use instead of the local one, with the same fields as the stack's settings. */
  readonly issuer?: { readonly issuer: string; readonly audience: string; readonly tokenUrl: string };
  /** The URL that receives each change event as an HTTP POST. Undefined: no events. */
  readonly events?: string | undefined;
  /** Whether to load the functions again when their code changes. */
  readonly watch?: boolean | undefined;
  readonly log: StackLog;
};

export type LocalStack = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly database: Pick<Database, 'ended'>;
  readonly stop: () => Promise<void>;
};

const audience = 'appointments';

/**
 * Runs the service on this machine: synthesizes the stack, and serves its routes with the same bundles as a deployment.
 * @throws Error with a sentence that says what to do
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { dynamodb, dataFile, log } = options;
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  bypassProxyOnLoopback();
  try {
    // Open the ports first: one of them is in the issuer's URL, which is part of the template.
    const ports = await openPorts(options);
    stops.push(ports.stop);
    const { apiUrl, authUrl } = ports;
    const [database] = await Promise.all([databaseOf(options), bundle()]);
    stops.push(database.stop);

    const localIssuer = { issuer: authUrl, audience, tokenUrl: `${authUrl}/oauth2/token` };
    const stack = await synthesize({ ...(options.issuer ?? localIssuer), events: options.events !== undefined });
    const { client, environment: databaseEnvironment } = await databaseAccess(
      database.endpoint,
      dynamodb === undefined,
    );
    const bus = options.events === undefined ? undefined : await startEventBus(options.events, log);
    if (bus) stops.push(bus.stop);
    const environment = async () => ({
      ...(await databaseEnvironment()),
      ...(bus && { AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint }),
    });
    const tables = new DynamoDBClient(client);
    const created = createTables(tables, dataFile === undefined ? stack.tables : [...stack.tables, positionsTable]);
    await Promise.race([created, database.ended.then((error) => Promise.reject(error))]);

    const functions = new LocalFunctions(stack.functions, environment, log);
    stops.push(() => functions.stop());
    const faulty = await startFaultyFunctions(stack.functions, environment, database.endpoint, log);
    stops.push(faulty.stop);
    const following = new AbortController();
    stops.push(() => following.abort());
    const positions = dataFile === undefined ? undefined : positionsIn(tables);
    for (const stream of stack.streams) {
      const streams = new DynamoDBStreamsClient(client);
      void followStream(stream, tables, streams, functions.invoke, positions, following.signal);
    }
    if (options.watch) {
      const watching = watchFunctions(log, () => {
        functions.restart();
        faulty.restart();
      });
      stops.push(() => watching.close());
    }

    const api = gateway(stack.routes, withLocalFaults(functions.invoke, faulty.invokes), log);
    const issuer = await oidcIssuer(authUrl, audience, dataFile && `${dataFile}.signing-key`);
    log.started({ apiUrl, authUrl, database });
    ports.serve((request, response) => {
      const url = request.url ?? '';
      if (/^\/(?:\.well-known|oauth2)\//.test(url)) {
        // Log only failures: most successes are requests of the stack itself.
        logResponse(request, response, log, (status) => status >= 400);
        issuer(request, response);
      } else if (/^\/docs(?=[/?]|$)/.test(url)) {
        logResponse(request, response, log);
        docs(request, response);
      } else {
        api(request, response);
      }
    });
    return { apiUrl, authUrl, database, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function logResponse(
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  log: StackLog,
  shouldLog = (_status: number) => true,
): void {
  const start = performance.now();
  const path = pathForLog(url);
  response.once('finish', () => {
    const { statusCode: status } = response;
    if (shouldLog(status)) log.request({ method, path, status, milliseconds: Math.round(performance.now() - start) });
  });
}

async function databaseOf({ dynamodb, dataFile }: LocalStackOptions): Promise<Database> {
  if (dynamodb === undefined) return startDynoxide(dataFile);
  if (dataFile !== undefined) {
    throw new Error('--data works only with the built-in database: unset AWS_ENDPOINT_URL_DYNAMODB, or remove --data.');
  }
  const { client } = await databaseAccess(dynamodb, false);
  await checkDynamoDB(new DynamoDBClient(client), dynamodb);
  return {
    endpoint: dynamodb,
    name: 'from AWS_ENDPOINT_URL_DYNAMODB',
    stop: () => {},
    ended: new Promise(() => {}),
  };
}
