import {
  type CreateTableCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

/** Where each stream reader is: the sequence number of the last record that it has processed. */
export type StreamPositions = {
  readonly read: (reader: string) => Promise<string | undefined>;
  readonly save: (reader: string, sequenceNumber: string) => Promise<void>;
};

/** A table for the positions, in the database whose streams they are about: a copy of the data has its own positions. */
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
