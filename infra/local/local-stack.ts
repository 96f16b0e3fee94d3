import { createServer, type RequestListener, type Server } from 'node:http';
import type { Writable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { bundle } from '../build/bundle.ts';
import { synthesize } from '../synthesized-stack.ts';
import { createTables, type Database, startDynoxide } from './database.ts';
import { docs } from './docs.ts';
import { followStream } from './follow-stream.ts';
import { gateway } from './gateway.ts';
import { databaseAccess } from './lambda-environment.ts';
import { listen } from './listen.ts';
import { LocalFunctions } from './local-functions.ts';
import { oidcIssuer } from './local-issuer.ts';

export type LocalStackOptions = {
  /** 0: a free one. */
  readonly port: number;
  readonly authPort: number;
  /** A DynamoDB to use instead of the built-in one. */
  readonly dynamodb: string | undefined;
  /** Where the built-in one keeps its data. Undefined: in memory. */
  readonly dataFile: string | undefined;
  /** An OIDC issuer to use instead of the local one, as the stack's settings name it. */
  readonly issuer?: { readonly issuer: string; readonly audience: string; readonly tokenUrl: string };
  /** Where the functions' log lines go. */
  readonly log: Writable;
};

export type LocalStack = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly database: Pick<Database, 'endpoint' | 'name'>;
  readonly stop: () => Promise<void>;
};

const audience = 'appointments';

/**
 * The service on this machine: synthesizes the stack, and serves its routes with the bundles that would be deployed.
 * @throws Error with a sentence that says what to do
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  try {
    // The ports come first: the issuer's URL, which holds one of them, is part of the template.
    let listener: RequestListener = (_, response) => response.writeHead(503).end();
    const relay: RequestListener = (request, response) => listener(request, response);
    const [apiUrl, authUrl] = [await listenOn(options.port, 'PORT'), await listenOn(options.authPort, 'AUTH_PORT')];
    const [database] = await Promise.all([databaseOf(options), bundle()]);
    stops.push(database.stop);

    const localIssuer = { issuer: authUrl, audience, tokenUrl: `${authUrl}/oauth2/token` };
    const stack = await synthesize(options.issuer ?? localIssuer);
    const { client, environment } = await databaseAccess(database.endpoint, options.dynamodb === undefined);
    const tables = new DynamoDBClient(client);
    await createTables(tables, stack.tables);

    const functions = new LocalFunctions(stack.functions, environment, options.log);
    stops.push(() => functions.stop());
    const following = new AbortController();
    stops.push(() => following.abort());
    for (const stream of stack.streams) {
      void followStream(stream, tables, new DynamoDBStreamsClient(client), functions.invoke, following.signal);
    }

    const [api, issuer] = [gateway(stack.routes, functions.invoke), await oidcIssuer(authUrl, audience)];
    listener = (request, response) => {
      const url = request.url ?? '';
      if (/^\/(?:\.well-known|oauth2)\//.test(url)) issuer(request, response);
      else if (/^\/docs(?=[/?]|$)/.test(url)) docs(request, response);
      else api(request, response);
    };
    return { apiUrl, authUrl, database, stop };

    async function listenOn(port: number, variable: string): Promise<string> {
      // API Gateway's limit for the request line and the headers. Node's own 5 s of keep-alive would end connections
      // just as a client takes them up again.
      const server = createServer({ maxHeaderSize: 10_240, keepAliveTimeout: 65_000 }, relay);
      stops.push(() => server.close().closeAllConnections());
      return `http://localhost:${await portOf(server, port, variable)}`;
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

async function databaseOf({ dynamodb, dataFile }: LocalStackOptions): Promise<Database> {
  if (dynamodb === undefined) return startDynoxide(dataFile);
  if (dataFile !== undefined) {
    throw new Error('--data is for the built-in database: unset AWS_ENDPOINT_URL_DYNAMODB, or leave --data out.');
  }
  await fetch(dynamodb).catch(() => {
    throw new Error(`No DynamoDB answers at ${dynamodb}: start it, or unset AWS_ENDPOINT_URL_DYNAMODB.`);
  });
  return { endpoint: dynamodb, name: dynamodb, stop: () => {} };
}

async function portOf(server: Server, port: number, variable: string): Promise<number> {
  try {
    return await listen(server, port);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(
        `Port ${port} is in use: end what uses it, or set ${variable} to another port (0 picks a free one).`,
      );
    }
    throw error;
  }
}
