import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { freePort, waitUntilReachable } from './listen.ts';

/** A DynamoDB that the local stack can use, and how to end it. */
export type Database = { readonly endpoint: string; readonly name: string; readonly stop: () => void };

/** Starts dynoxide, in memory or with its data in `file`. @throws Error with a sentence that says what to do */
export async function startDynoxide(file: string | undefined): Promise<Database> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(dynoxide(), ['--port', String(port), ...(file ? ['--db-path', file] : [])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = () => {
    process.off('exit', stop);
    child.kill();
  };
  // However this process ends, the database ends with it.
  process.once('exit', stop);
  await ready(child, endpoint, file);
  return { endpoint, name: `dynoxide, ${file ? `kept in ${file}` : 'in memory'}`, stop };
}

/** npm's binary for this platform where there is one, else the one on the PATH. */
function dynoxide(): string {
  try {
    return createRequire(import.meta.url).resolve(`@dynoxide/${process.platform}-${process.arch}/dynoxide`);
  } catch {
    return 'dynoxide';
  }
}

async function ready(child: ChildProcess, endpoint: string, file: string | undefined): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).then(([reason]) => {
    if (reason instanceof Error) {
      throw new Error(
        `There is no dynoxide for ${process.platform}-${process.arch} here: put one on the PATH, or set AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB.`,
      );
    }
    throw new Error(`The database did not start${file ? ` with --data ${file}` : ''}: ${complaint.trim()}`);
  });
  await Promise.race([ended, waitUntilReachable(endpoint)]);
  ended.catch(() => {});
}

/** Makes the tables that are not there yet, and waits until they can be used. */
export async function createTables(client: DynamoDBClient, tables: readonly CreateTableCommandInput[]): Promise<void> {
  for (const table of tables) {
    try {
      await client.send(new CreateTableCommand(table));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: table.TableName });
  }
}
