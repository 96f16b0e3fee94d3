import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { attemptTimeout } from '../../lambda/store/retry-until-definite.ts';

// Replaces lambda/store/client.ts in the plain bundles: the SDK's own client.

export const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({ maxAttempts: 1, requestHandler: { ...attemptTimeout, throwOnRequestTimeout: true } }),
);
