import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchItemFailure } from 'aws-lambda';
import { loggableError } from '../runtime/loggable-error.ts';

type Image = Record<string, AttributeValue>;

/** An event of the table's stream. Not the type of aws-lambda: its attribute values do not fit the SDK's. */
export type StreamEvent = { readonly Records: readonly { readonly dynamodb?: Partial<StreamRecord> }[] };

/** A version as the stream carries it. The first version of an appointment has no old image. */
export type StreamRecord = {
  readonly SequenceNumber?: string;
  readonly OldImage?: Image;
  readonly NewImage: Image;
};

/** The versions in a stream event. An item that somebody deleted by hand has no new one. */
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
