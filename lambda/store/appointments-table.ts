import { environment } from '../runtime/environment.ts';

export const appointmentsTable = environment('APPOINTMENTS_TABLE');

/** The organization is the partition key: another organization's id is simply absent. */
export function appointmentKey(organizationId: string, id: string) {
  return { organization_id: organizationId, id };
}
