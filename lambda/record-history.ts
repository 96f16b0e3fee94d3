import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse } from 'aws-lambda';
import { loggableError } from './runtime/loggable-error.ts';
import { record } from './store/record.ts';

// Not the type of aws-lambda: its attribute values do not fit the SDK's.
type StreamRecord = { dynamodb?: { SequenceNumber?: string; NewImage?: Record<string, AttributeValue> } };

/** The table's stream -> history: writes each change as a version. Lambda delivers a failed record again. */
export const handler = async ({ Records }: { Records: StreamRecord[] }): Promise<DynamoDBBatchResponse> => {
  const failedItems = await Promise.all(Records.map(failedItem));
  return { batchItemFailures: failedItems.filter((item) => item !== undefined) };
};

async function failedItem({ dynamodb }: StreamRecord): Promise<DynamoDBBatchItemFailure | undefined> {
  // An item that somebody deleted by hand has no version to record.
  if (!dynamodb?.NewImage) return undefined;
  try {
    await record(dynamodb.NewImage);
    return undefined;
  } catch (error) {
    const itemIdentifier = dynamodb.SequenceNumber ?? '';
    const { appointment_key, version } = dynamodb.NewImage;
    console.error({
      sequenceNumber: itemIdentifier,
      appointmentKey: appointment_key?.S,
      version: version?.N,
      cause: loggableError(error),
    });
    return { itemIdentifier };
  }
}
