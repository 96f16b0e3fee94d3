import { DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { createTables, startDynoxide } from '../../infra/local/database.ts';
import { synthesize } from '../../infra/synthesized-stack.ts';
import { type Service, startService } from '../soak/service.ts';
import { Progress } from '../support/progress.ts';
import { putItems } from '../support/table.ts';

type Item = Record<string, unknown>;

const batch = 1_000;
let stack: ReturnType<typeof synthesize> | undefined;

/**
 * `npm start` in a process of its own, on a new database that holds these items and their history already. They come before the stream:
 * the embedded database's writes take longer the longer its stream is, and the history would still be at work on them.
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
  const progress = items.length > batch ? new Progress(Math.ceil(items.length / batch), `x ${batch} items`) : undefined;
  await putItems(history, 'History');
  for (let put = 0; put < items.length; put += batch) {
    await putItems(items.slice(put, put + batch));
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
