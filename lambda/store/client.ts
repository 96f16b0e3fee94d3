import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One attempt of a request waits this long, in milliseconds. */
export const attemptTimeout = { connectionTimeout: 1_000, requestTimeout: 2_000 } as const;

// One attempt only: what a failed attempt means differs between a throttle and a silence, and the SDK's retries do not
// tell them apart. `untilAnswered` repeats instead.
export const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({ maxAttempts: 1, requestHandler: { ...attemptTimeout, throwOnRequestTimeout: true } }),
);
