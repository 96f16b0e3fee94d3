import { environment } from '../runtime/environment.ts';

export const historyTable = environment('HISTORY_TABLE');

/** The partition key of all versions of an appointment. An id is a UUID, so the first # ends it. */
export function historyPartition(organizationId: string, id: string): string {
  return `${id}#${organizationId}`;
}
