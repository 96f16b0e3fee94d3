import { once } from 'node:events';
import { createServer, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { listen } from './listen.ts';

/** Handles a request to the database, and returns the response. Undefined ends the connection without a response. */
type Fault = (forward: () => Promise<void>) => Promise<{ readonly status: number; readonly body: object } | undefined>;

/** The faults by name. The client gets 429 (not written), 503 (not written) and 503 (written). */
export const databaseFaults = {
  throttle: async () => ({ status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' } }),
  'lost-request': async () => undefined,
  'lost-response': async (forward) => {
    await forward();
    return undefined;
  },
} as const satisfies Record<string, Fault>;

const fromDynamoDB = { 'x-amzn-requestid': 'local-fault' };

/** Starts a proxy in front of the database. The fault applies to every request. */
export async function startFaultyDatabase(
  fault: Fault,
  database: string,
): Promise<{ readonly endpoint: string; readonly stop: () => void }> {
  const isHttps = database.startsWith('https:');
  const agent = isHttps ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await buffer(incoming);
      const response = await fault(() => forward(incoming, body));
      if (response) outgoing.writeHead(response.status, fromDynamoDB).end(JSON.stringify(response.body));
      else outgoing.destroy();
    } catch {
      outgoing.destroy();
    }
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close().closeAllConnections();
      agent.destroy();
    },
  };

  async function forward({ method = 'POST', headers }: IncomingMessage, body: Buffer): Promise<void> {
    const request = isHttps ? requestHttps : requestHttp;
    const [response]: IncomingMessage[] = await once(
      request(database, { agent, method, headers }).end(body),
      'response',
    );
    if (response) await buffer(response);
  }
}
