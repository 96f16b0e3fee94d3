import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { MutableAppointment } from '../../lambda/appointment/mutable-appointment.ts';
import { Throttled, Unavailable } from '../../lambda/appointment/unanswered.ts';
import type { AppointmentItem } from '../../lambda/store/appointment-item.ts';

/** What DynamoDB gives back to a command: a function of the command's input. */
export type Store = (input: Readonly<Record<string, unknown>>) => unknown;

/** Where every condition holds. */
export const writing: Store = () => ({});

/** Where there is no such item. */
export const empty: Store = ({ ConditionExpression }) => {
  if (ConditionExpression === undefined) return {};
  throw new ConditionalCheckFailedException({ message: '', $metadata: {} });
};

/** Where these versions of an appointment are: the last is the current one. */
export function holding(versions: readonly AppointmentItem[]): Store {
  return ({ KeyConditionExpression }) =>
    KeyConditionExpression === undefined ? { Item: versions.at(-1) } : { Items: versions };
}

/** Where another version is the current one. */
export function standingAt(version: number, appointment: MutableAppointment): Store {
  return () => conflict({ version, appointment });
}

/** Where the version was made before by a write with the same Idempotency-Key, of another appointment. */
export function writtenBefore(version: number, appointment: MutableAppointment): Store {
  return ({ ExpressionAttributeValues }) => {
    const { ':write_id': write_id }: { ':write_id'?: unknown } = Object(ExpressionAttributeValues);
    return conflict({ version, appointment, write_id });
  };
}

export const throttling: Store = () => {
  throw new Throttled();
};

export const silent: Store = () => {
  throw new Unavailable();
};

export const failing: Store = () => {
  throw new Error('a fault');
};

function conflict(item: Readonly<Record<string, unknown>>): never {
  throw new ConditionalCheckFailedException({ message: '', $metadata: {}, Item: marshall(item) });
}
