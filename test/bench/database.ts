import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { bundle } from '../../infra/build/bundle.ts';
import { createTables, startDynoxide } from '../../infra/local/database.ts';
import { synthesize } from '../../infra/synthesized-stack.ts';
import { anItem } from '../support/table.ts';

/** The stack's tables in an embedded DynamoDB, and Powertools' own one. */
export type BenchDatabase = {
  readonly endpoint: string;
  /** What a function needs of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** A new appointment at version 1. */
  readonly seed: () => Promise<string>;
  /** What is stored as that appointment. */
  readonly appointment: (id: string) => Promise<unknown>;
  /** Puts a version into the history, which no stream does here. */
  readonly record: (id: string, version: number) => Promise<void>;
  readonly stop: () => void;
};

const idempotencyTable = 'Idempotency';

/** Starts it, and lets this process's own environment name it. */
export async function startDatabase(): Promise<BenchDatabase> {
  // The stack's assets.
  await bundle();
  const { endpoint, stop } = await startDynoxide(undefined);
  const environment: Record<string, string> = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    IDEMPOTENCY_TABLE: idempotencyTable,
  };
  Object.assign(process.env, environment);
  const issuer = { issuer: 'http://localhost', audience: 'appointments', tokenUrl: 'http://localhost/token' };
  const { tables, functions } = await synthesize(issuer);
  for (const one of functions) Object.assign(environment, one.environment);
  Object.assign(process.env, environment);
  const client = new DynamoDBClient({});
  // DynamoDB writes its stream beside the call, the embedded one within it, where what is measured would drown.
  await createTables(
    client,
    tables.map(({ StreamSpecification: _, ...table }) => table),
  );
  await client.send(
    new CreateTableCommand({
      TableName: idempotencyTable,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const documents = DynamoDBDocumentClient.from(client);
  return {
    endpoint,
    environment,
    seed: async () => {
      const id = randomUUID();
      await documents.send(new PutCommand({ TableName: environment.APPOINTMENTS_TABLE, Item: anItem({ id }) }));
      return id;
    },
    appointment: async (id) => {
      const Key = { appointment_key: `${id}#acme` };
      const { Item } = await documents.send(new GetCommand({ TableName: environment.APPOINTMENTS_TABLE, Key }));
      return Item?.appointment;
    },
    record: async (id, version) => {
      await documents.send(new PutCommand({ TableName: environment.HISTORY_TABLE, Item: anItem({ id, version }) }));
    },
    stop,
  };
}
