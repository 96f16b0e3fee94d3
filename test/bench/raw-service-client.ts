import { DynamoDBClient } from '../../lambda/store/dynamodb-client.ts';
import { rawCall } from './raw-call.ts';

/** The raw call with the service's client. */
export const prepared = rawCall.bind(undefined, new DynamoDBClient({}));
