import { environment } from '../runtime/environment.ts';

/** The table of all versions. Partition key: `appointment_key`. Sort key: `version`. */
export const historyTable = environment('HISTORY_TABLE');
