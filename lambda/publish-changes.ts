import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse } from 'aws-lambda';
import { changeEventOf } from './stream/change-event.ts';
import { putEvents } from './stream/put-events.ts';
import { failedRecord, type StreamEvent, versionsIn } from './stream/stream-record.ts';

/** The table's stream -> EventBridge: publishes a change event for each version. Lambda delivers a failed record again, with all later ones. */
export const handler = async (event: StreamEvent): Promise<DynamoDBBatchResponse> => {
  const batchItemFailures: DynamoDBBatchItemFailure[] = [];
  const changes = versionsIn(event).flatMap((version) => {
    try {
      return [{ version, event: changeEventOf(version) }];
    } catch (error) {
      // An item that was damaged by hand must not block the other versions.
      batchItemFailures.push(failedRecord(version, error));
      return [];
    }
  });
  const errors = await putEvents(changes.map((change) => change.event));
  for (const [i, { version }] of changes.entries()) {
    if (errors[i]) batchItemFailures.push(failedRecord(version, errors[i]));
  }
  return { batchItemFailures };
};
