import { randomUUID } from 'node:crypto';

/** A valid body of a create or an update. `fields` overrides any part of it. */
export function anAppointment(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    patient_id: 'patient-1',
    start_timestamp: '2026-03-02T09:00:00Z',
    service_duration: 30,
    services: [],
    ...fields,
  };
}

/** A body with every field that an appointment with the status NOT_READY can have. */
export function aFullAppointment(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const period = { start: '2026-01-01', end: '2026-12-31' };
  return anAppointment({
    services: [{ universal_service_identifier: 'MD_Visit', start_timestamp: '2026-03-02T09:00:00+01:00' }, {}],
    status: 'NOT_READY',
    work_queue: 'MANUAL_ESCALATION',
    not_ready_reason: 'NEW_INSURANCE',
    placer_appointment_id: randomUUID(),
    placer_system_name: 'EHR',
    attending_doctor: {
      name: { family: 'Grey', given: ['Meredith', 'E.'], use: 'OFFICIAL', period, suffix: 'MD' },
      telecoms: [{ value: '+1 206 555 0100', use: 'WORK', period }],
      type: 'REFERRING',
      npi: '1234567893',
      addresses: [
        {
          use: 'WORK',
          line: ['15000 Centennial Drive', 'Suite 4'],
          city: 'Seattle',
          state: 'WA',
          postal_code: '98109',
          country: 'US',
          county: 'King',
          period: { start: '2026-01-01' },
        },
        {
          use: 'HOME',
          line: ['1 Front Street'],
          city: 'Toronto',
          state: 'FC',
          postal_code: 'M5J 2X4',
          country: 'CA',
          administrative_area: 'Ontario',
        },
      ],
      period,
      canonical_id: 'canonical-1',
      fax: '+1 206 555 0101',
      other_fax_numbers: ['+1 206 555 0102'],
      emails: ['grey@example.com'],
      service_facilities: [{ service_facility_id: 'facility-1' }],
    },
    estimated_copay_cents: 2_500,
    estimated_patient_responsibility_cents: 10_000,
    patient_deposit_cents: 0,
    appointment_details: 'Bring the referral.',
    notes: 'Prefers mornings.',
    location_resource_id: 'ROOM-1^First floor',
    automated_eligibility_check_complete: false,
    medical_necessity_verified: true,
    prior_authorization_status: 'PARTIALLY_APPROVED',
    appointment_reason_detail: { diagnosis_codes: ['M54.5', 'Z00.00'], procedure_codes: ['99213'] },
    ...fields,
  });
}
