import { environment } from '../runtime/environment.ts';

/** Partition key `appointment_key`; index `updates`: `feed_key` and `updated_at`. */
export const appointmentsTable = environment('APPOINTMENTS_TABLE');
