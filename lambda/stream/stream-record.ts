import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchItemFailure } from 'aws-lambda';
import { loggableError } from '../runtime/loggable-error.ts';

type Image = Record<string, AttributeValue>;

/** A batch of records from the table's stream. The attribute values in aws-lambda's type do not fit the SDK's type. */
export type StreamEvent = { readonly Records: readonly { readonly dynamodb?: Partial<StreamRecord> }[] };

/** A version in the stream. The first version of an appointment has no old image. */
export type StreamRecord = {
  readonly SequenceNumber?: string;
  readonly OldImage?: Image;
  readonly NewImage: Image;
};

/** The versions in a batch. The record of an item that was deleted by hand has no new image and is skipped. */
export function versionsIn({ Records }: StreamEvent): StreamRecord[] {
  return Records.flatMap(({ dynamodb = {} }) => {
    const { NewImage, ...others } = dynamodb;
    return NewImage ? [{ ...others, NewImage }] : [];
  });
}

/** Logs why a record failed, and tells Lambda to deliver it again. */
export function failedRecord(
  { SequenceNumber = '', NewImage }: StreamRecord,
  error: unknown,
): DynamoDBBatchItemFailure {
  const { appointment_key, version } = NewImage;
  console.error({
    sequenceNumber: SequenceNumber,
    appointmentKey: appointment_key?.S,
    version: version?.N,
    cause: loggableError(error),
  });
  return { itemIdentifier: SequenceNumber };
}
