import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { rawCall } from './raw-call.ts';

/** The raw call with the SDK's own client. */
export const prepared = rawCall.bind(undefined, new DynamoDBClient({}));
