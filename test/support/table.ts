import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { appointmentKey, feedKey } from '../../lambda/store/keys.ts';
import { anAppointment } from './an-appointment.ts';
import { useStack } from './use-stack.ts';

await useStack();

/** A client of the local stacks' database, for access that bypasses the service. */
export function database(): DynamoDBDocumentClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const endpoint = process.env.DYNAMODB_URL ?? '';
  return DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }));
}

type ItemFields = { readonly organization?: string; readonly id?: string; readonly [attribute: string]: unknown };

/** An item of the appointments table, as the service stores it. */
export function anItem(fields: ItemFields = {}): Record<string, unknown> {
  const { organization = 'acme', id = randomUUID(), ...attributes } = fields;
  return {
    appointment_key: appointmentKey(organization, id),
    feed_key: feedKey(organization, id),
    version: 1,
    appointment: anAppointment({ status: 'PENDING' }),
    updated_at: new Date().toISOString(),
    updating_user_id: 'user-1',
    deactivated: false,
    write_id: randomUUID(),
    ...attributes,
  };
}

/** Writes items into a table directly, so that a test can choose any version and timestamp. */
export async function putItems(
  items: readonly Record<string, unknown>[],
  table: 'Appointments' | 'History' = 'Appointments',
): Promise<void> {
  const client = database();
  const name = await tableName(table);
  for (let start = 0; start < items.length; start += 25) {
    const puts = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [name]: puts } }));
  }
}

/** The physical name of a table in the local stacks. It starts with the logical id. */
export async function tableName(table: 'Appointments' | 'History'): Promise<string> {
  const { TableNames = [] } = await database().send(new ListTablesCommand({}));
  const name = TableNames.find((each) => each.startsWith(table));
  if (!name) throw new Error(`There is no table whose name starts with ${table}.`);
  return name;
}
