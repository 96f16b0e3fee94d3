import { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { get, Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from './dynamodb-client.ts';
import { attemptTimeout } from './retry-until-definite.ts';

// Connections are kept for later calls. A route needs one; a batch of the history up to this many.
const connections = { keepAlive: true, maxSockets: 50 } as const;
const [httpAgent, httpsAgent] = [new HttpAgent(connections), new HttpsAgent(connections)];

/** The one client of the service. It makes one attempt; `retryUntilDefinite` retries, because only the store knows what a lost attempt means. */
export const dynamodb = new DynamoDBClient({ ...attemptTimeout, throwOnRequestTimeout: true, httpAgent, httpsAgent });

// API Gateway and Lambda time a cold start: the TLS handshake runs while the rest of the function starts.
const connected = process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : connect();

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    await connected;
    const result = await next(args).catch(afterSending);
    // A proxy may respond 200 too. Only DynamoDB names the request that it carried out.
    return result.output?.$metadata.requestId === undefined
      ? afterSending(new Error('a success that is not from DynamoDB'))
      : result;
  },
  { step: 'deserialize', name: 'onlyFromDynamoDB', priority: 'high' },
);

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    const { body } = Object(result.response);
    if (body instanceof IncomingMessage) {
      // The socket's own timeout starts again with each byte.
      const late = setTimeout(() => body.destroy(new Error('a response that trickles')), attemptTimeout.socketTimeout);
      body.once('close', () => clearTimeout(late));
    }
    return result;
  },
  { step: 'deserialize', name: 'inTime', priority: 'low' },
);

/** Any error from here on has `$metadata`: `retryUntilDefinite` knows by it that the request may have left. */
function afterSending(error: unknown): never {
  const { $metadata } = Object(error);
  if ($metadata === undefined) closeIdleConnections();
  throw Object.assign(Object(error), { $metadata: $metadata ?? {} });
}

/** If one connection has died, the idle ones may have too: each would cost another attempt its timeout. */
function closeIdleConnections(): void {
  for (const { freeSockets } of [httpAgent, httpsAgent]) {
    for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
  }
}

/** Opens the first connection, with the health check that DynamoDB answers without credentials. A failure does not matter: the first call meets it too. */
async function connect(): Promise<void> {
  const { url } = dynamodb.config.endpointProvider();
  if (url.protocol !== 'https:') return;
  await new Promise((resolve) => {
    const signal = AbortSignal.timeout(attemptTimeout.connectionTimeout);
    get(url, { agent: httpsAgent, signal }, (response) => response.resume())
      .on('error', () => {})
      .on('close', resolve);
  });
}
