import type { NativeAttributeValue } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { MutableAppointment } from '../appointment/mutable-appointment.ts';

/** A version of an appointment as the table holds it. The part that clients own is one map, so that one SET replaces all of it. */
export type AppointmentItem = {
  readonly organization_id: string;
  readonly id: string;
  readonly version: number;
  readonly appointment: MutableAppointment;
  readonly updated_at: string;
  readonly updating_user_id: string;
  readonly deactivated: boolean;
  /** Of the write that made this version: by it a repeated write knows its own. */
  readonly write_id: string;
};

/** The item among the attributes that DynamoDB gave back, unmarshalled. */
export function itemOf(attributes: Record<string, NativeAttributeValue>): AppointmentItem {
  const { organization_id, id, version, appointment, updated_at, updating_user_id, deactivated, write_id } = attributes;
  return { organization_id, id, version, appointment, updated_at, updating_user_id, deactivated, write_id };
}

/** The appointment that the item holds, as the contract answers it. */
export function appointmentOf({ appointment, write_id: _, ...serverOwned }: AppointmentItem): Appointment {
  return { ...appointment, ...serverOwned };
}
