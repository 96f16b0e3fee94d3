import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  DynamoDBServiceException,
  ListTablesCommand,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { freePort, waitUntilReachable } from './listen.ts';

/** A DynamoDB that the local stack can use. */
export type Database = {
  readonly endpoint: string;
  readonly name: string;
  readonly stop: () => void;
  /** Resolves when the database process ends, with a sentence that says how. */
  readonly ended: Promise<Error>;
};

// The shell starts a watcher process and then becomes the database. The watcher kills the database when this process ends, even by SIGKILL.
const untilParentEnds = '(cat <&3; kill $$) >/dev/null 2>&1 & exec "$@" 3<&-';

/** Starts dynoxide with its data in memory or in `file`. @throws Error with a sentence that says what to do */
export async function startDynoxide(file: string | undefined): Promise<Database> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const options = ['--port', String(port), ...(file ? ['--db-path', file] : [])];
  const child = spawn('sh', ['-c', untilParentEnds, 'sh', findDynoxide(), ...options], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // Ctrl-C must reach only the stack, which then stops the database.
    detached: true,
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) => {
      child.stdio[3]?.destroy();
      resolve(new Error(`The database ended (${signal ?? `exit code ${code}`}), so the stack stops.`));
    });
  });
  const stop = () => {
    process.off('exit', stop);
    child.kill();
  };
  process.once('exit', stop);
  if (await Promise.race([ended, waitUntilReachable(endpoint)])) {
    throw new Error(`The database did not start${file ? ` with --data ${file}` : ''}: ${stderr.trim()}`);
  }
  return { endpoint, name: `dynoxide, ${file ? `stored in ${file}` : 'in memory'}`, stop, ended };
}

/** The path of npm's binary for this platform, otherwise of the one on the PATH. @throws Error with a sentence that says what to do */
export function findDynoxide(): string {
  const require = createRequire(import.meta.url);
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/dynoxide`);
  } catch {
    const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'dynoxide'));
    const found = onPath.find(isExecutable);
    if (found) return found;
    const [version] = Object.values(require('../../package.json').optionalDependencies);
    throw new Error(
      `The built-in database is missing: run npm install --no-save ${name}@${version}, put dynoxide on the PATH, or set AWS_ENDPOINT_URL_DYNAMODB to any DynamoDB.`,
    );
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Checks that a DynamoDB responds at the endpoint. @throws Error with a sentence that says what to do */
export async function checkDynamoDB(client: DynamoDBClient, endpoint: string): Promise<void> {
  const abortSignal = AbortSignal.timeout(5_000);
  const requestId = await client.send(new ListTablesCommand({ Limit: 1 }), { abortSignal }).then(
    ({ $metadata }) => $metadata.requestId,
    (error) => {
      if (error.name === 'CredentialsProviderError') throw error;
      // An error with a name and a request id comes from DynamoDB, for example because the credentials may not list tables.
      return error instanceof DynamoDBServiceException && error.name !== 'Unknown' && error.$metadata.requestId;
    },
  );
  if (!requestId) {
    throw new Error(`No DynamoDB responds at ${endpoint}: start one there, or unset AWS_ENDPOINT_URL_DYNAMODB.`);
  }
}

/** Creates the tables that do not exist yet, and waits until all are active. */
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
