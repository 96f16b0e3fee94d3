import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse } from 'aws-lambda';
import { record } from './store/record.ts';
import { failedRecord, type StreamEvent, type StreamRecord, versionsIn } from './stream/stream-record.ts';

/** The table's stream -> history: writes each change as a version. Lambda delivers a failed record again. */
export const handler = async (event: StreamEvent): Promise<DynamoDBBatchResponse> => {
  const failures = await Promise.all(versionsIn(event).map(failureOf));
  return { batchItemFailures: failures.filter((failure) => failure !== undefined) };
};

async function failureOf(version: StreamRecord): Promise<DynamoDBBatchItemFailure | undefined> {
  try {
    await record(version.NewImage);
    return undefined;
  } catch (error) {
    return failedRecord(version, error);
  }
}
