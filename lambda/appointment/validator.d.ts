import type { DefinedError } from 'ajv';
import type { ReceivedAppointment } from './appointment.ts';

/** The schema's validator: AJV standalone code, which `infra/build/compile-validator.ts` writes next to this file. */
declare const validate: {
  (data: unknown): data is ReceivedAppointment;
  errors?: DefinedError[] | null;
};
export default validate;
