import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { bundle } from '../../infra/build/bundle.ts';
import { createTables, startDynoxide } from '../../infra/local/database.ts';
import { synthesize } from '../../infra/synthesized-stack.ts';
import { anItem } from '../support/table.ts';

/** A local DynamoDB with the stack's tables, and the table that Powertools' idempotency needs. */
export type BenchDatabase = {
  readonly endpoint: string;
  /** The environment variables of a function that uses it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Stores a new appointment at version 1, and returns its id. */
  readonly seed: () => Promise<string>;
  /** The stored `appointment` attribute. */
  readonly appointment: (id: string) => Promise<unknown>;
  /** Writes a version to the history table: no stream does it here. */
  readonly record: (id: string, version: number) => Promise<void>;
  readonly stop: () => void;
};

const idempotencyTable = 'Idempotency';

/** Starts the database, and sets the environment variables of this process to use it. */
export async function startDatabase(): Promise<BenchDatabase> {
  // The stack's synthesis needs the bundles.
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
  for (const { environment: variables } of functions) Object.assign(environment, variables);
  Object.assign(process.env, environment);
  const client = new DynamoDBClient({});
  // Without a stream: the local database writes the stream within the call, which would dominate the measurement. DynamoDB
  // writes it after the call.
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
