const period = ['start', 'end'];

/** The members of each object, in the contract's order. `''` is the appointment itself; the name of an array stands for its elements. */
const order: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...['patient_id', 'start_timestamp', 'service_duration', 'services', 'status', 'work_queue'],
    ...['checked_in_timestamp', 'checked_out_timestamp', 'not_ready_reason', 'ready_source'],
    ...['placer_appointment_id', 'placer_system_name', 'attending_doctor', 'estimated_copay_cents'],
    ...['estimated_patient_responsibility_cents', 'patient_deposit_cents', 'appointment_details', 'notes'],
    ...['location_resource_id', 'automated_eligibility_check_complete', 'medical_necessity_verified'],
    ...['prior_authorization_status', 'appointment_reason_detail', 'id', 'organization_id', 'version', 'updated_at'],
    ...['updating_user_id', 'deactivated', 'cancellation_reason'],
  ],
  services: ['universal_service_identifier', 'start_timestamp'],
  appointment_reason_detail: ['diagnosis_codes', 'procedure_codes'],
  attending_doctor: [
    ...['name', 'telecoms', 'type', 'npi', 'addresses', 'period', 'canonical_id', 'fax', 'other_fax_numbers'],
    ...['emails', 'service_facilities'],
  ],
  name: ['family', 'given', 'use', 'period', 'suffix'],
  telecoms: ['value', 'use', 'period'],
  addresses: [...['use', 'line', 'city', 'state', 'postal_code', 'country', 'county', 'period', 'administrative_area']],
  period,
  service_facilities: ['service_facility_id'],
};

/** The appointment as JSON, with its members in the contract's order. @throws Error for a member that the contract does not have */
export function inContractOrder(appointment: unknown): string {
  return JSON.stringify(ordered(appointment, ''));
}

function ordered(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((element) => ordered(element, name));
  if (typeof value !== 'object' || value === null) return value;
  const names = order[name] ?? [];
  const members = Object.entries(value).toSorted(([a], [b]) => names.indexOf(a) - names.indexOf(b));
  const unknown = members.find(([member]) => !names.includes(member));
  if (unknown) throw new Error(`The contract has no ${name}.${unknown[0]}.`);
  return Object.fromEntries(members.map(([member, content]) => [member, ordered(content, member)]));
}
