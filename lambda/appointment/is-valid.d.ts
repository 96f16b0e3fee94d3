import type { ReceivedAppointment } from './mutable-appointment.ts';

/** AJV's standalone code for the schema, which names no error; `infra/compile-validator.ts` writes it next to this file. */
declare const isValid: (data: unknown) => data is ReceivedAppointment;
export default isValid;
