import type { FromSchema } from 'json-schema-to-ts';
import type { mutableAppointmentSchema } from './schema.ts';

/** An appointment as a client sent it: valid by the schema, before defaults are applied. */
export type ReceivedAppointment = FromSchema<
  typeof mutableAppointmentSchema,
  { keepDefaultedPropertiesOptional: true }
>;

/** The part of an appointment that clients set, with defaults applied and without null. */
export type MutableAppointment = FromSchema<typeof mutableAppointmentSchema>;

/** The part of an appointment that the server sets. */
export type ServerOwnedFields = {
  id: string;
  organization_id: string;
  /** 1 at creation. Each change adds 1. */
  version: number;
  /** UTC, milliseconds. */
  updated_at: string;
  updating_user_id: string;
  deactivated: boolean;
  /** Why the appointment was deactivated. Set only in a deactivated version. */
  cancellation_reason?: string;
};

/** An appointment as the contract returns it. */
export type Appointment = Readonly<MutableAppointment & ServerOwnedFields>;

const serverOwnedNames: Readonly<Record<keyof ServerOwnedFields, true>> = {
  id: true,
  organization_id: true,
  version: true,
  updated_at: true,
  updating_user_id: true,
  deactivated: true,
  cancellation_reason: true,
};

/** The names of the fields that the server sets. A request may contain them; the service ignores them. */
export const serverOwnedFields: ReadonlySet<string> = new Set(Object.keys(serverOwnedNames));
