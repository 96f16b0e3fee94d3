import type { MutableAppointment } from '../../lambda/appointment/appointment.ts';
import type { Change } from '../../lambda/appointment/change.ts';
import {
  inWords,
  type KeepableField,
  type RuledField,
  statuses,
  statusesThatKeep,
  statusNames,
} from '../../lambda/appointment/statuses.ts';

type ExternalProvider = NonNullable<MutableAppointment['attending_doctor']>;
type AppointmentReasonDetail = NonNullable<MutableAppointment['appointment_reason_detail']>;
type Address = NonNullable<ExternalProvider['addresses']>[number];
type ServiceFacility = NonNullable<ExternalProvider['service_facilities']>[number];
type Period = NonNullable<ExternalProvider['period']>;

/** A description of each field of an appointment or a change, and of the other fields whose names do not say enough. */
type FieldDescriptions = {
  readonly MutableAppointment: { readonly [Field in keyof MutableAppointment]-?: string };
  readonly Change: { readonly [Field in keyof Change]: string };
  readonly Service: { readonly [Field in keyof MutableAppointment['services'][number]]?: string };
  readonly AppointmentReasonDetail: { readonly [Field in keyof AppointmentReasonDetail]?: string };
  readonly ExternalProvider: { readonly [Field in keyof ExternalProvider]?: string };
  readonly ServiceFacility: { readonly [Field in keyof ServiceFacility]?: string };
  readonly HumanName: { readonly [Field in keyof ExternalProvider['name']]?: string };
  readonly ContactPoint: { readonly [Field in keyof ExternalProvider['telecoms'][number]]?: string };
  readonly Address: { readonly [Field in keyof Address]?: string };
  readonly Period: { readonly [Field in keyof Period]?: string };
};

/** The description of a field, by the title of its schema; undefined if the name says enough. */
export function descriptionOf(title: string, field: string): string | undefined {
  const byTitle: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = fieldDescriptions;
  return byTitle[title]?.[field];
}

// Not in lambda/appointment/schema.ts: the functions bundle that file, and every cold start would load the descriptions.
const fieldDescriptions: FieldDescriptions = {
  MutableAppointment: {
    patient_id: 'The id of the patient. The service stores no patients, so it does not check that the patient exists.',
    start_timestamp: 'When the appointment starts. Returned exactly as sent, including its UTC offset.',
    service_duration: 'The planned length in minutes.',
    services: 'The scheduled services. The list may be empty.',
    status:
      'Any status may follow any other. It decides which fields are required, forbidden, or kept: see each field.',
    work_queue: `The work queue that the appointment belongs to. ${presenceInWords('work_queue')}`,
    checked_in_timestamp: `When the patient checked in. ${presenceInWords('checked_in_timestamp')}`,
    checked_out_timestamp: `When the patient checked out. ${presenceInWords('checked_out_timestamp')}`,
    not_ready_reason: `Why the appointment is not ready. ${keptInWords('not_ready_reason')}`,
    ready_source: `What set the status to READY. ${keptInWords('ready_source')}`,
    placer_appointment_id:
      "The placer's id for the appointment or order. It can be used for one create only: another create with the same `placer_system_name` and `placer_appointment_id` returns 409. An update can set any value.",
    placer_system_name: 'The upstream system that placed the appointment.',
    attending_doctor: 'The provider whom the patient sees.',
    estimated_copay_cents: 'The expected copay, in cents.',
    estimated_patient_responsibility_cents: 'What the patient is expected to pay besides the copay, in cents.',
    patient_deposit_cents: "The patient's deposit, in cents.",
    appointment_details: 'Free text.',
    notes: 'Free text.',
    location_resource_id:
      'Where the appointment takes place, as an HL7 coded location `<Identifier (ST)>^<Text (ST)>`. The text is optional: `ROOM-1` or `ROOM-1^Second floor`.',
    automated_eligibility_check_complete: 'Whether the automated check of insurance eligibility is complete.',
    medical_necessity_verified: 'Whether medical necessity has been verified.',
    prior_authorization_status: 'The state of prior authorization by the payer. No rule ties it to `status`.',
    appointment_reason_detail: 'Why the patient comes, as medical codes.',
  },
  Service: {
    universal_service_identifier: 'The kind of service.',
    start_timestamp: 'When this service starts. Returned exactly as sent, including its UTC offset.',
  },
  AppointmentReasonDetail: {
    diagnosis_codes: 'ICD-10-CM codes. The service does not check them.',
    procedure_codes: 'CPT or HCPCS codes. The service does not check them.',
  },
  ExternalProvider: {
    telecoms: 'Phone numbers and other ways to reach the provider.',
    type: "The provider's role.",
    npi: 'National Provider Identifier. The service does not check it.',
    period: 'When this information applies.',
    service_facilities: 'The facilities where the provider works.',
  },
  ServiceFacility: {
    service_facility_id:
      'The id of the facility. The service stores no facilities, so it does not check that it exists.',
  },
  HumanName: {
    family: 'Last name.',
    given: 'First name, then any middle names.',
    use: 'The kind of name.',
    period: 'When the name applies.',
    suffix: 'For example `Jr.` or `MD`.',
  },
  ContactPoint: {
    value: 'The phone number, or another way to reach the provider.',
    use: 'The kind of contact.',
    period: 'When the contact applies.',
  },
  Address: {
    use: 'The kind of address.',
    line: 'Street and number, one element for each line.',
    state: 'The state, or `FC` for an address outside of the US that has an `administrative_area`.',
    country: 'The name or the code of the country.',
    period: 'When the address applies.',
    administrative_area:
      'The province, county, or prefecture of an address outside of the US. Allowed only if `state` is `FC` and `country` is neither `US` nor `USA`.',
  },
  Period: {
    start: 'The first day, as `YYYY-MM-DD`.',
    end: 'The last day, as `YYYY-MM-DD`.',
  },
  Change: {
    organization_id: 'The organization that owns the appointment.',
    appointment_id: 'The id of the appointment.',
    version: 'The version that this change created.',
    updated_at: 'When the version was written: UTC, in milliseconds.',
    status: 'The status in this version.',
    deactivated: 'Whether the appointment is deactivated in this version.',
  },
};

/** `Required when status is NOT_READY. Must not be set when status is READY, CHECKED_IN, CHECKED_OUT or NO_SHOW.` */
function presenceInWords(field: RuledField): string {
  const statusesWith = (presence: string) => inWords(statusNames.filter((name) => statuses[name][field] === presence));
  return `Required when status is ${statusesWith('required')}. Must not be set when status is ${statusesWith('forbidden')}.`;
}

function keptInWords(field: KeepableField): string {
  return `Kept only while status is ${inWords(statusesThatKeep(field))}. Otherwise it is cleared without an error.`;
}
