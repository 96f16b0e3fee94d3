import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One attempt of a request waits this long, in milliseconds: for a connection, for an answer to begin, and while one comes in. */
export const attemptTimeout = { connectionTimeout: 1_000, requestTimeout: 2_000, socketTimeout: 2_000 } as const;

// One attempt only: what a failed attempt means differs between a throttle and a silence, and the SDK's retries do not
// tell them apart. `untilAnswered` repeats instead.
export const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({ maxAttempts: 1, requestHandler: { ...attemptTimeout, throwOnRequestTimeout: true } }),
);

// The SDK reads a 200 without a body as a success. Only DynamoDB itself names the request that it carried out.
dynamodb.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    if (result.output?.$metadata.requestId === undefined) throw new Error('a success that is not from DynamoDB');
    return result;
  },
  { step: 'deserialize', name: 'onlyFromDynamoDB', priority: 'high' },
);
