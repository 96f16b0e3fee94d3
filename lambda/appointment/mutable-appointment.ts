import type { FromSchema } from 'json-schema-to-ts';
import type { mutableAppointmentSchema } from './schema.ts';

/** An appointment as a client sent it: valid by the schema, defaults not yet applied. */
export type ReceivedAppointment = FromSchema<
  typeof mutableAppointmentSchema,
  { keepDefaultedPropertiesOptional: true }
>;

/** The part of an appointment that its clients own, normalized: defaults applied, nothing null. */
export type MutableAppointment = FromSchema<typeof mutableAppointmentSchema>;
