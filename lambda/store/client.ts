import { Agent, get } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One attempt of a request waits this long, in milliseconds: for a connection, for an answer to begin, and while one comes in. */
export const attemptTimeout = { connectionTimeout: 1_000, requestTimeout: 2_000, socketTimeout: 2_000 } as const;

// A connection is kept for the calls to come. One call needs one; a batch of the history, up to this many.
const connections = { keepAlive: true, maxSockets: 50 } as const;
const httpsAgent = new Agent(connections);

// One attempt only: what a failed attempt means differs between a throttle and a silence, and the SDK's retries do not
// tell them apart. `untilAnswered` repeats instead.
export const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { ...attemptTimeout, throwOnRequestTimeout: true, httpAgent: connections, httpsAgent },
  }),
);

const connected = connect();

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    await connected;
    const result = await next(args).catch(afterSending);
    // The SDK reads a 200 without a body as a success. Only DynamoDB itself names the request that it carried out.
    return result.output?.$metadata.requestId === undefined
      ? afterSending(new Error('a success that is not from DynamoDB'))
      : result;
  },
  { step: 'deserialize', name: 'onlyFromDynamoDB', priority: 'high' },
);

/** Whatever goes wrong from here on has `$metadata`, by which `untilAnswered` knows that a request may have left. */
function afterSending(error: unknown): never {
  throw Object.assign(Object(error), { $metadata: Object(error).$metadata ?? {} });
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
