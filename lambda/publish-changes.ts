import type { DynamoDBBatchItemFailure, DynamoDBBatchResponse } from 'aws-lambda';
import { changeEventOf } from './stream/change-event.ts';
import { putEvents } from './stream/put-events.ts';
import { failedRecord, type StreamEvent, versionsIn } from './stream/stream-record.ts';

/** The table's stream -> EventBridge: announces each version. Lambda delivers a failed record again, with those after it. */
export const handler = async (event: StreamEvent): Promise<DynamoDBBatchResponse> => {
  const batchItemFailures: DynamoDBBatchItemFailure[] = [];
  const announcements = versionsIn(event).flatMap((version) => {
    try {
      return [{ version, event: changeEventOf(version) }];
    } catch (error) {
      // An item that somebody broke by hand must not hold up the others.
      batchItemFailures.push(failedRecord(version, error));
      return [];
    }
  });
  const errors = await putEvents(announcements.map((each) => each.event));
  for (const [n, { version }] of announcements.entries()) {
    if (errors[n]) batchItemFailures.push(failedRecord(version, errors[n]));
  }
  return { batchItemFailures };
};
