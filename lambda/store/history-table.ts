import { environment } from '../runtime/environment.ts';

/** Partition key `appointment_key`, sort key `version`. */
export const historyTable = environment('HISTORY_TABLE');
