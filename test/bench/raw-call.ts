import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { updateOf } from './update-of.ts';

// The baseline of a warm update: the raw call of the same item, whose attribute values are made beforehand.

const dynamodb = new DynamoDBClient({});

/** The call for that event, ready to be sent. */
export function prepared(event: APIGatewayProxyEventV2WithJWTAuthorizer): () => Promise<unknown> {
  const { Key, ExpressionAttributeValues, ...update } = updateOf(event, JSON.parse(event.body ?? ''));
  const input = {
    ...update,
    Key: marshall(Key),
    ExpressionAttributeValues: marshall(ExpressionAttributeValues),
  };
  return () => dynamodb.send(new UpdateItemCommand(input));
}
