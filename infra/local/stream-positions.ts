import {
  type CreateTableCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

/** The position of each stream reader: the sequence number of the last record that it processed. */
export type StreamPositions = {
  readonly read: (reader: string) => Promise<string | undefined>;
  readonly save: (reader: string, sequenceNumber: string) => Promise<void>;
};

/** A table for the positions. It is in the same database as the streams, so a copy of the data includes the positions. */
export const positionsTable = {
  TableName: 'LocalStreamPositions',
  KeySchema: [{ AttributeName: 'reader', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'reader', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
} as const satisfies CreateTableCommandInput;

/** The positions in that table. */
export function positionsIn(client: DynamoDBClient): StreamPositions {
  const { TableName } = positionsTable;
  return {
    read: async (reader) => {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: { reader: { S: reader } } }));
      return Item?.sequence_number?.S;
    },
    save: async (reader, sequenceNumber) => {
      const Item = { reader: { S: reader }, sequence_number: { S: sequenceNumber } };
      await client.send(new PutItemCommand({ TableName, Item }));
    },
  };
}
