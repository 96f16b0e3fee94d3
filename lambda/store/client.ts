import { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { get, Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from './dynamodb-client.ts';
import { attemptTimeout } from './retry-until-definite.ts';

// Connections stay open for later calls. A scan queries 16 shards at once; record-history writes a batch over up to 50.
const connections = { keepAlive: true, maxSockets: 50 } as const;
const [httpAgent, httpsAgent] = [new HttpAgent(connections), new HttpsAgent(connections)];

/** The only DynamoDB client of the service. It makes one attempt. `retryUntilDefinite` retries, because only the store knows what a lost attempt means. */
export const dynamodb = new DynamoDBClient({ ...attemptTimeout, throwOnRequestTimeout: true, httpAgent, httpsAgent });

// Shortens a cold start: the TLS handshake runs while the rest of the function loads.
const connected = process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : connect();

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    await connected;
    const result = await next(args).catch(afterSending);
    // A proxy may respond 200 too. Only a response of DynamoDB has a request id.
    return result.output?.$metadata.requestId === undefined
      ? afterSending(new Error('a 200 without the request id of DynamoDB'))
      : result;
  },
  { step: 'deserialize', name: 'onlyFromDynamoDB', priority: 'high' },
);

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    const { body } = Object(result.response);
    if (body instanceof IncomingMessage) {
      // The socket's own timeout restarts with each byte, so a slow response could last forever.
      const timer = setTimeout(
        () => body.destroy(new Error('the response body took too long')),
        attemptTimeout.socketTimeout,
      );
      body.once('close', () => clearTimeout(timer));
    }
    return result;
  },
  { step: 'deserialize', name: 'inTime', priority: 'low' },
);

/** Adds `$metadata` to every error after sending. It tells `retryUntilDefinite` that DynamoDB may have received the request. */
function afterSending(error: unknown): never {
  const { $metadata } = Object(error);
  if ($metadata === undefined) closeIdleConnections();
  throw Object.assign(Object(error), { $metadata: $metadata ?? {} });
}

/** If one connection broke, the idle ones may be broken too, and each would cost an attempt its full timeout. */
function closeIdleConnections(): void {
  for (const { freeSockets } of [httpAgent, httpsAgent]) {
    for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
  }
}

/** Opens the first connection with DynamoDB's health check, which needs no credentials. Errors are ignored: the first call would get them too. */
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
