/** The body of a create or an update that is valid, but for what `fields` says. */
export function anAppointment(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    patient_id: 'patient-1',
    start_timestamp: '2026-03-02T09:00:00Z',
    service_duration: 30,
    services: [],
    ...fields,
  };
}
