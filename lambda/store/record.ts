import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb } from './client.ts';
import { historyPartition, historyTable } from './history-table.ts';
import { deadline, untilAnswered } from './until-answered.ts';

/**
 * Writes one version, as the stream carries it, to the history. The same version twice is the same item, so the stream
 * may deliver a record more than once.
 */
export async function record(version: Record<string, AttributeValue>): Promise<void> {
  const { organization_id, id } = version;
  if (organization_id?.S === undefined || id?.S === undefined)
    throw new Error('The record is not a version of an appointment.');
  const put = new PutItemCommand({
    TableName: historyTable,
    Item: { ...version, appointment_key: { S: historyPartition(organization_id.S, id.S) } },
  });
  await untilAnswered(() => dynamodb.send(put), deadline());
}
