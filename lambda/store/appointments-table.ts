import { environment } from '../runtime/environment.ts';

export const appointmentsTable = environment('APPOINTMENTS_TABLE');

/** The organization is the partition key: whoever asks for another organization's id asks for an item that is not there. */
export function appointmentKey(organizationId: string, id: string) {
  return { organization_id: organizationId, id };
}
