/** An appointment with every field set, and `text` in every field that takes any text. */
export function aFullAppointment(text: string): Record<string, unknown> {
  const period = { start: '2026-01-01', end: '2026-12-31' };
  return {
    patient_id: text,
    start_timestamp: '2026-03-02T09:00:00Z',
    service_duration: 30,
    services: [{ universal_service_identifier: 'MD_Visit', start_timestamp: '2026-03-02T09:00:00Z' }],
    status: 'NOT_READY',
    work_queue: 'NEW_PATIENT',
    not_ready_reason: 'MANUAL',
    placer_system_name: text,
    attending_doctor: {
      name: { family: text, given: [text], use: 'USUAL', period, suffix: text },
      telecoms: [{ value: text, use: 'WORK', period }],
      type: 'ATTENDING',
      npi: text,
      addresses: [
        {
          use: 'WORK',
          line: [text],
          city: text,
          state: text,
          postal_code: text,
          country: text,
          county: text,
          period,
        },
      ],
      period,
      canonical_id: text,
      fax: text,
      other_fax_numbers: [text],
      emails: [text],
      service_facilities: [{ service_facility_id: text }],
    },
    estimated_copay_cents: 100,
    estimated_patient_responsibility_cents: 200,
    patient_deposit_cents: 300,
    appointment_details: text,
    notes: text,
    location_resource_id: `${text}^${text}`,
    automated_eligibility_check_complete: true,
  };
}
