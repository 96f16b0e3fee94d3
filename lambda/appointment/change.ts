import type { FromSchema } from 'json-schema-to-ts';
import { statusNames } from './statuses.ts';

/** What became of an appointment: the `detail-type` of a change event. */
export const changeTypes = [
  'AppointmentCreated',
  'AppointmentUpdated',
  'AppointmentDeactivated',
  'AppointmentReactivated',
] as const;

export type ChangeType = (typeof changeTypes)[number];

/** The JSON Schema of a change event's `detail`. It has no patient data: a consumer reads the appointment itself. */
export const changeSchema = {
  title: 'Change',
  type: 'object',
  required: ['organization_id', 'appointment_id', 'version', 'updated_at', 'status', 'deactivated'],
  properties: {
    organization_id: { type: 'string' },
    appointment_id: { type: 'string', format: 'uuid' },
    version: { type: 'integer', minimum: 1 },
    updated_at: { type: 'string', format: 'date-time' },
    status: { enum: statusNames },
    deactivated: { type: 'boolean' },
  },
} as const;

export type Change = FromSchema<typeof changeSchema>;

/** The type of a change from one version of an appointment to the next; the first version has no previous one. */
export function changeTypeOf(
  previous: { readonly deactivated: boolean } | undefined,
  current: { readonly deactivated: boolean },
): ChangeType {
  if (!previous) return 'AppointmentCreated';
  if (current.deactivated) return 'AppointmentDeactivated';
  return previous.deactivated ? 'AppointmentReactivated' : 'AppointmentUpdated';
}
