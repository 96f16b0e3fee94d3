import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Change, changeTypeOf } from '../appointment/change.ts';
import { environment } from '../runtime/environment.ts';
import { itemOf } from '../store/appointment-item.ts';
import type { StreamRecord } from './stream-record.ts';

/** The change event of a version. */
export function changeEventOf({ OldImage, NewImage }: StreamRecord): PutEventsRequestEntry {
  const { organization_id, id, version, updated_at, appointment, deactivated } = itemOf(unmarshall(NewImage));
  const { status } = appointment;
  const change: Change = { organization_id, appointment_id: id, version, updated_at, status, deactivated };
  return {
    EventBusName: environment('EVENT_BUS'),
    Source: 'appointments',
    DetailType: changeTypeOf(OldImage && itemOf(unmarshall(OldImage)), { deactivated }),
    Detail: JSON.stringify(change),
    Time: new Date(updated_at),
  };
}
