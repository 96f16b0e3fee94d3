import { environment } from '../runtime/environment.ts';

/** The table of current versions. Partition key: `appointment_key`. Index `updates`: `feed_key`, `updated_at`. */
export const appointmentsTable = environment('APPOINTMENTS_TABLE');
