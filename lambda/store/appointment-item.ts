import type { NativeAttributeValue } from '@aws-sdk/lib-dynamodb';
import type { Appointment, MutableAppointment } from '../appointment/appointment.ts';
import { inSchemaOrder } from '../appointment/in-schema-order.ts';
import { mutableAppointmentSchema } from '../appointment/schema.ts';
import { partsOf } from './keys.ts';

/**
 * A version of an appointment as the tables store it. The partition key contains `organization_id` and `id`. The mutable part
 * is one map, so that one SET replaces all of it.
 */
export type AppointmentItem = {
  readonly organization_id: string;
  readonly id: string;
  readonly version: number;
  readonly appointment: MutableAppointment;
  readonly updated_at: string;
  readonly updating_user_id: string;
  readonly deactivated: boolean;
  readonly cancellation_reason?: string | undefined;
  /** The id of the write that created this version. A retry compares it to recognize its own version. */
  readonly write_id: string;
};

/** The item from the unmarshalled attributes of a DynamoDB response. */
export function itemOf(attributes: Record<string, NativeAttributeValue>): AppointmentItem {
  const { appointment_key, version, appointment, updated_at, updating_user_id, deactivated } = attributes;
  const { cancellation_reason, write_id } = attributes;
  return {
    ...partsOf(appointment_key),
    version,
    appointment,
    updated_at,
    updating_user_id,
    deactivated,
    cancellation_reason,
    write_id,
  };
}

/** The item as the contract returns it, with its members in the contract's order. */
export function appointmentOf(item: AppointmentItem): Appointment {
  const { id, organization_id, version, updated_at, updating_user_id, deactivated, cancellation_reason } = item;
  return {
    ...inSchemaOrder(item.appointment, mutableAppointmentSchema),
    id,
    organization_id,
    version,
    updated_at,
    updating_user_id,
    deactivated,
    ...(cancellation_reason !== undefined && { cancellation_reason }),
  };
}
