import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { updateOf } from './update-of.ts';

/** The baseline of a warm update: sends the same UpdateItem. Its attribute values are marshalled before the measurement. */
export function rawCall(
  client: { send: (command: UpdateItemCommand) => Promise<unknown> },
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
): () => Promise<unknown> {
  const { Key, ExpressionAttributeValues, ...update } = updateOf(event, JSON.parse(event.body ?? ''));
  const input: UpdateItemCommandInput = {
    ...update,
    Key: marshall(Key),
    ExpressionAttributeValues: marshall(ExpressionAttributeValues),
  };
  return () => client.send(new UpdateItemCommand(input));
}
