import { defaultStatus, statusNames } from './statuses.ts';

/**
 * The JSON Schema of a MutableAppointment, written once. The validator (infra/build/compile-validator.ts), the
 * TypeScript types (./appointment.ts), and openapi.json come from it. An object with a `title` is a named type of the
 * contract. Descriptions for people are in infra/openapi/field-descriptions.ts: functions bundle this file.
 */

/** The limit of every array. */
export const maxElements = 100;

// JSON can contain half of a surrogate pair as an escape (`\ud800`), but DynamoDB rejects it. openapi.json states this rule
// in words, because many tools do not support the pattern `\p`.
export const loneSurrogate = '\\p{Surrogate}';
const text = { type: 'string', maxLength: 1024, pattern: `^[^${loneSurrogate}]*$` } as const;
// A decoder replaces invalid UTF-8 with U+FFFD. Identifiers reject it: two garbled identifiers must not become equal.
const ungarbled = { ...text, pattern: `^[^\ufffd${loneSurrogate}]*$` } as const;
const identifier = { ...ungarbled, minLength: 1 } as const;
const longText = { ...text, maxLength: 200_000 } as const;
const timestamp = { type: 'string', format: 'date-time' } as const;
const date = { type: 'string', format: 'date' } as const;
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const texts = { type: 'array', maxItems: maxElements, items: text } as const;

const period = {
  title: 'Period',
  type: 'object',
  properties: { start: date, end: date },
  additionalProperties: false,
} as const;

const humanName = {
  title: 'HumanName',
  type: 'object',
  required: ['family', 'given', 'use'],
  properties: {
    family: text,
    given: texts,
    use: { type: 'string', enum: ['USUAL', 'OFFICIAL', 'TEMP', 'NICKNAME', 'ANONYMOUS', 'OLD', 'MAIDEN'] },
    period,
    suffix: text,
  },
  additionalProperties: false,
} as const;

const contactPoint = {
  title: 'ContactPoint',
  type: 'object',
  required: ['value', 'use'],
  properties: {
    value: text,
    use: { type: 'string', enum: ['HOME', 'WORK', 'TEMP', 'OLD', 'MOBILE'] },
    period,
  },
  additionalProperties: false,
} as const;

const address = {
  title: 'Address',
  type: 'object',
  required: ['use', 'line', 'city', 'state', 'postal_code', 'country'],
  properties: {
    use: { type: 'string', enum: ['HOME', 'WORK', 'TEMP', 'OLD', 'BILLING'] },
    line: texts,
    city: text,
    state: text,
    postal_code: text,
    country: text,
    county: text,
    period,
    administrative_area: text,
  },
  additionalProperties: false,
  // violation.ts names this rule.
  if: {
    required: ['state', 'country'],
    properties: { state: { const: 'FC' }, country: { not: { enum: ['US', 'USA'] } } },
  },
  else: { properties: { administrative_area: false } },
} as const;

const serviceFacility = {
  title: 'ServiceFacility',
  type: 'object',
  required: ['service_facility_id'],
  properties: { service_facility_id: identifier },
  additionalProperties: false,
} as const;

const externalProvider = {
  title: 'ExternalProvider',
  type: 'object',
  required: ['name', 'telecoms'],
  properties: {
    name: humanName,
    telecoms: { type: 'array', maxItems: maxElements, items: contactPoint },
    type: { type: 'string', enum: ['PRIMARY', 'REFERRING', 'ATTENDING'], default: 'ATTENDING' },
    npi: ungarbled,
    addresses: { type: 'array', maxItems: maxElements, items: address },
    period,
    canonical_id: ungarbled,
    fax: text,
    other_fax_numbers: texts,
    emails: texts,
    service_facilities: { type: 'array', maxItems: maxElements, items: serviceFacility },
  },
  additionalProperties: false,
} as const;

const service = {
  title: 'Service',
  type: 'object',
  properties: {
    universal_service_identifier: { type: 'string', enum: ['MD_Visit', 'Treatment', 'Tests', 'Activity'] },
    start_timestamp: timestamp,
  },
  additionalProperties: false,
} as const;

const appointmentReasonDetail = {
  title: 'AppointmentReasonDetail',
  type: 'object',
  properties: {
    diagnosis_codes: texts,
    procedure_codes: texts,
  },
  additionalProperties: false,
} as const;

export const mutableAppointmentSchema = {
  title: 'MutableAppointment',
  type: 'object',
  required: ['patient_id', 'start_timestamp', 'service_duration', 'services'],
  properties: {
    patient_id: identifier,
    start_timestamp: timestamp,
    service_duration: count,
    services: { type: 'array', maxItems: maxElements, items: service },
    status: { type: 'string', enum: statusNames, default: defaultStatus },
    work_queue: {
      type: 'string',
      enum: ['EMERGENT_ISSUE', 'NEW_PATIENT', 'RETURNING_PATIENT', 'MANUAL_ESCALATION'],
    },
    checked_in_timestamp: timestamp,
    checked_out_timestamp: timestamp,
    not_ready_reason: {
      type: 'string',
      enum: [
        'INACTIVE_PRIMARY',
        'INACTIVE_SECONDARY',
        'MEDICARE_ADVANTAGE_CONVERSION',
        'MEDICAID_MANAGED_CONVERSION',
        'UNAVAILABLE_PRIMARY',
        'UNAVAILABLE_SECONDARY',
        'PENDING_PRIMARY',
        'PENDING_SECONDARY',
        'ELIGIBILITY_CHECK_FAILED_PRIMARY',
        'ELIGIBILITY_CHECK_FAILED_SECONDARY',
        'NEW_COMBO',
        'NEW_INSURANCE',
        'PRIOR_APPOINTMENT_NOT_READY',
        'NO_COVERAGE',
        'ERROR',
        'MANUAL',
      ],
    },
    ready_source: { type: 'string', enum: ['MANUAL', 'MACHINE'] },
    placer_appointment_id: identifier,
    placer_system_name: ungarbled,
    attending_doctor: externalProvider,
    estimated_copay_cents: count,
    estimated_patient_responsibility_cents: count,
    patient_deposit_cents: count,
    appointment_details: longText,
    notes: longText,
    location_resource_id: {
      ...text,
      pattern: `^[^^\ufffd${loneSurrogate}]+(\\^[^^\ufffd${loneSurrogate}]*)?$`,
    },
    automated_eligibility_check_complete: { type: 'boolean' },
    medical_necessity_verified: { type: 'boolean' },
    prior_authorization_status: {
      type: 'string',
      enum: ['NOT_REQUIRED', 'REQUIRED', 'PENDING', 'APPROVED', 'PARTIALLY_APPROVED', 'DENIED', 'EXPIRED'],
    },
    appointment_reason_detail: appointmentReasonDetail,
  },
  additionalProperties: false,
} as const;
