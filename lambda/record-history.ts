import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse } from 'aws-lambda';
import { record } from './store/record.ts';
import { failedRecord, type StreamEvent, type StreamRecord, versionsIn } from './stream/stream-record.ts';

/** The table's stream -> history table: writes each new version. Lambda delivers a failed record again. */
export const handler = async (event: StreamEvent): Promise<DynamoDBBatchResponse> => {
  const results = await Promise.all(versionsIn(event).map(recordOrFail));
  return { batchItemFailures: results.filter((failedItem) => failedItem !== undefined) };
};

async function recordOrFail(version: StreamRecord): Promise<DynamoDBBatchItemFailure | undefined> {
  try {
    await record(version.NewImage);
    return undefined;
  } catch (error) {
    return failedRecord(version, error);
  }
}
