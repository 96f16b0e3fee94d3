import { environment } from '../runtime/environment.ts';

export const appointmentsTable = environment('APPOINTMENTS_TABLE');
export const historyTable = environment('HISTORY_TABLE');

/** The organization is the partition key: whoever asks for another organization's id asks for an item that is not there. */
export function appointmentKey(organizationId: string, id: string) {
  return { organization_id: organizationId, id };
}

/** One version of an appointment. */
export function historyKey(organizationId: string, id: string, version: number) {
  return { appointment_key: historyPartition(organizationId, id), version };
}

/** All versions of an appointment. An id is a UUID: the first # ends it. */
export function historyPartition(organizationId: string, id: string): string {
  return `${id}#${organizationId}`;
}
