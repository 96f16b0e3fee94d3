import { DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { createTables, startDynoxide } from '../../infra/local/database.ts';
import { synthesize } from '../../infra/synthesized-stack.ts';
import { type Service, startService } from '../soak/service.ts';
import { Progress } from '../support/progress.ts';
import { putItems } from '../support/table.ts';

type Item = Record<string, unknown>;

const itemsPerStep = 1_000;
let stack: ReturnType<typeof synthesize> | undefined;

/**
 * Starts `npm start` in its own process, on a new database that already contains these items and their history. The items are
 * written before the tables have a stream: the local database slows down as its stream grows, and record-history would
 * still be processing the items during the measurement.
 */
export async function startFilledService(items: readonly Item[], history: readonly Item[]): Promise<Service> {
  const dynoxide = await startDynoxide(undefined);
  process.env.DYNAMODB_URL = dynoxide.endpoint;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: dynoxide.endpoint, region: 'us-east-1', credentials });
  stack ??= synthesize({ issuer: 'http://localhost', audience: 'load', tokenUrl: 'http://localhost' });
  const { tables } = await stack;
  await createTables(
    client,
    tables.map(({ StreamSpecification: _, ...table }) => table),
  );
  const steps = Math.ceil(items.length / itemsPerStep);
  const progress = steps > 1 ? new Progress(steps, `x ${itemsPerStep} items`) : undefined;
  await putItems(history, 'History');
  for (let start = 0; start < items.length; start += itemsPerStep) {
    await putItems(items.slice(start, start + itemsPerStep));
    progress?.advance();
  }
  for (const { TableName, StreamSpecification } of tables) {
    if (StreamSpecification) await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  }
  const service = await startService(dynoxide.endpoint);
  return {
    ...service,
    stop: async () => {
      await service.stop();
      dynoxide.stop();
    },
  };
}
