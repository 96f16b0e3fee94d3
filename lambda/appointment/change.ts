import type { FromSchema } from 'json-schema-to-ts';
import { statusNames } from './statuses.ts';

/** What happened to an appointment: the `detail-type` of a change event. */
export const changeTypes = [
  'AppointmentCreated',
  'AppointmentUpdated',
  'AppointmentDeactivated',
  'AppointmentReactivated',
] as const;

export type ChangeType = (typeof changeTypes)[number];

/** The JSON Schema of a change event's `detail`. It contains no patient data: a consumer reads the appointment through the API. */
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

/** The type of the change from one version to the next. The first version has no previous one. */
export function changeTypeOf(
  previous: { readonly deactivated: boolean } | undefined,
  current: { readonly deactivated: boolean },
): ChangeType {
  if (!previous) return 'AppointmentCreated';
  if (current.deactivated) return 'AppointmentDeactivated';
  return previous.deactivated ? 'AppointmentReactivated' : 'AppointmentUpdated';
}
