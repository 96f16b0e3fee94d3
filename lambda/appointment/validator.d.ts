import type { DefinedError } from 'ajv';
import type { ReceivedAppointment } from './appointment.ts';

/** AJV's standalone code for the schema. `infra/build/compile-validator.ts` writes it next to this file. */
declare const validate: {
  (data: unknown): data is ReceivedAppointment;
  errors?: DefinedError[] | null;
};
export default validate;
