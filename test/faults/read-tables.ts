import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { appointmentOf, itemOf } from '../../lambda/store/appointment-item.ts';
import type { Operation, Tables, Version } from './operations.ts';

const catchUpTimeoutMs = 30_000;

/** Reads what these operations wrote, after the history has caught up or the wait times out. */
export async function readTables(endpoint: string, operations: readonly Operation[]): Promise<Tables> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const ids = new Set(operations.map(({ id }) => id));
  const names = new Set(operations.map((operation) => (operation.kind === 'write' ? operation.notes : undefined)));
  const isTheirs = ({ id, notes }: Version) => ids.has(id) || names.has(notes);
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const named = (start: string) => TableNames.find((name) => name.startsWith(start)) ?? start;
    const documents = DynamoDBDocumentClient.from(client);
    const end = Date.now() + catchUpTimeoutMs;
    for (;;) {
      const current = (await versionsIn(documents, named('Appointments'))).filter(isTheirs);
      const history = (await versionsIn(documents, named('History'))).filter(isTheirs);
      const versions = current.reduce((sum, { version }) => sum + version, 0);
      if (history.length >= versions || Date.now() > end) return { current, history };
      await sleep(200);
    }
  } finally {
    client.destroy();
  }
}

async function versionsIn(client: DynamoDBDocumentClient, TableName: string): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const attributes of Items) {
      const item = itemOf(attributes);
      const { id, version, appointment } = item;
      versions.push({ id, version, notes: appointment.notes ?? '', whole: appointmentOf(item) });
    }
  }
  return versions;
}
