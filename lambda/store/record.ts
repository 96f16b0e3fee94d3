import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb } from './client.ts';
import { historyTable } from './history-table.ts';
import { deadline, retryUntilDefinite } from './retry-until-definite.ts';

/**
 * Writes one version from the stream to the history table. Writing a version twice produces the same item, so the stream may
 * deliver a record more than once.
 */
export async function record(version: Record<string, AttributeValue>): Promise<void> {
  const put = new PutItemCommand({ TableName: historyTable, Item: version });
  await retryUntilDefinite(() => dynamodb.send(put), deadline());
}
