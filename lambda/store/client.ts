import { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One attempt of a request waits this long, in milliseconds: for a connection, for an answer to begin, and for the rest of it. */
export const attemptTimeout = { connectionTimeout: 1_000, requestTimeout: 2_000, socketTimeout: 2_000 } as const;

// A connection is kept for the calls to come. One call needs one; a batch of the history, up to this many.
const connections = { keepAlive: true, maxSockets: 50 } as const;
const [httpAgent, httpsAgent] = [new HttpAgent(connections), new Agent(connections)];

// One attempt only: what a failed attempt means differs between a throttle and a silence, and the SDK's retries do not
// tell them apart. `untilAnswered` repeats instead.
export const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { ...attemptTimeout, throwOnRequestTimeout: true, httpAgent, httpsAgent },
  }),
);

const connected = connect();

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    await connected;
    const result = await next(args).catch(afterSending);
    // Something on the way may answer 200 too. Only DynamoDB itself names the request that it carried out.
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
      // The socket's own time-out begins anew with each byte.
      const late = setTimeout(() => body.destroy(new Error('an answer that trickles')), attemptTimeout.socketTimeout);
      body.once('close', () => clearTimeout(late));
    }
    return result;
  },
  { step: 'deserialize', name: 'inTime', priority: 'low' },
);

/** Whatever goes wrong from here on has `$metadata`, by which `untilAnswered` knows that a request may have left. */
function afterSending(error: unknown): never {
  const { $metadata } = Object(error);
  if ($metadata === undefined) disconnectIdle();
  throw Object.assign(Object(error), { $metadata: $metadata ?? {} });
}

/** Where one connection has died, the idle ones may have as well: each would cost another attempt its time-out. */
function disconnectIdle(): void {
  for (const { freeSockets } of [httpAgent, httpsAgent]) {
    for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
  }
}

/**
 * Begins the TLS handshake with DynamoDB while the function is still starting, by the health check that it answers to
 * anybody. A failure is no matter: the first call meets it too, and tells.
 */
function connect(): Promise<void> | undefined {
  const { AWS_REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB } = process.env;
  if (AWS_REGION === undefined) return undefined;
  const Endpoint = AWS_ENDPOINT_URL_DYNAMODB || AWS_ENDPOINT_URL || undefined;
  const { url } = dynamodb.config.endpointProvider({ Region: AWS_REGION, Endpoint });
  if (url.protocol !== 'https:') return undefined;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(attemptTimeout.connectionTimeout);
    get(url, { agent: httpsAgent, signal }, (response) => response.resume())
      .on('error', () => {})
      .on('close', resolve);
  });
}
