import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { causeOf } from './runtime/cause-of.ts';
import { record } from './store/record.ts';

// Not aws-lambda's type, whose attribute values do not fit the SDK's.
type StreamRecord = { dynamodb?: { SequenceNumber?: string; NewImage?: Record<string, AttributeValue> } };

/** The table's stream -> history: puts each change as a version. What fails is named by its sequence number and comes again. */
export const handler = async ({ Records }: { Records: StreamRecord[] }): Promise<DynamoDBBatchResponse> => {
  const failures = await Promise.all(Records.map(failureOf));
  return { batchItemFailures: failures.filter((failure) => failure !== undefined) };
};

async function failureOf({ dynamodb }: StreamRecord) {
  // An item that was deleted by hand leaves no version to record.
  if (!dynamodb?.NewImage) return undefined;
  try {
    await record(dynamodb.NewImage);
    return undefined;
  } catch (error) {
    const sequenceNumber = dynamodb.SequenceNumber ?? '';
    const { organization_id, id, version } = dynamodb.NewImage;
    const which = { organization: organization_id?.S, appointment: id?.S, version: version?.N };
    console.error({ sequenceNumber, ...which, cause: causeOf(error) });
    return { itemIdentifier: sequenceNumber };
  }
}
