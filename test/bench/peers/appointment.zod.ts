import { z } from 'zod';

// The schema of an appointment, written with zod.

const text = z.string().max(1024);
const ungarbled = text.regex(/^[^\ufffd]*$/);
const identifier = ungarbled.min(1);
const longText = z.string().max(200_000);
const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);
const period = z.strictObject({ start: z.iso.date().optional(), end: z.iso.date().optional() });

const externalProvider = z.strictObject({
  name: z.strictObject({
    family: text,
    given: z.array(text).max(100),
    use: z.enum(['USUAL', 'OFFICIAL', 'TEMP', 'NICKNAME', 'ANONYMOUS', 'OLD', 'MAIDEN']),
    period: period.optional(),
    suffix: text.optional(),
  }),
  telecoms: z
    .array(
      z.strictObject({
        value: text,
        use: z.enum(['HOME', 'WORK', 'TEMP', 'OLD', 'MOBILE']),
        period: period.optional(),
      }),
    )
    .max(100),
  type: z.enum(['PRIMARY', 'REFERRING', 'ATTENDING']).default('ATTENDING'),
  npi: ungarbled.optional(),
  addresses: z
    .array(
      z.strictObject({
        use: z.enum(['HOME', 'WORK', 'TEMP', 'OLD', 'BILLING']),
        line: z.array(text).max(100),
        city: text,
        state: text,
        postal_code: text,
        country: text,
        county: text.optional(),
        period: period.optional(),
        administrative_area: text.optional(),
      }),
    )
    .max(100)
    .optional(),
  period: period.optional(),
  canonical_id: ungarbled.optional(),
  fax: text.optional(),
  other_fax_numbers: z.array(text).max(100).optional(),
  emails: z.array(text).max(100).optional(),
  service_facilities: z
    .array(z.strictObject({ service_facility_id: identifier }))
    .max(100)
    .optional(),
});

export const appointment = z.strictObject({
  patient_id: identifier,
  start_timestamp: timestamp,
  service_duration: count,
  services: z
    .array(
      z.strictObject({
        universal_service_identifier: z.enum(['MD_Visit', 'Treatment', 'Tests', 'Activity']).optional(),
        start_timestamp: timestamp.optional(),
      }),
    )
    .max(100),
  status: z.enum(['PENDING', 'NOT_READY', 'READY', 'CHECKED_IN', 'CHECKED_OUT', 'NO_SHOW']).default('PENDING'),
  work_queue: z.enum(['EMERGENT_ISSUE', 'NEW_PATIENT', 'RETURNING_PATIENT', 'MANUAL_ESCALATION']).optional(),
  checked_in_timestamp: timestamp.optional(),
  checked_out_timestamp: timestamp.optional(),
  not_ready_reason: z
    .enum([
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
    ])
    .optional(),
  ready_source: z.enum(['MANUAL', 'MACHINE']).optional(),
  placer_appointment_id: identifier.optional(),
  placer_system_name: ungarbled.optional(),
  attending_doctor: externalProvider.optional(),
  estimated_copay_cents: count.optional(),
  estimated_patient_responsibility_cents: count.optional(),
  patient_deposit_cents: count.optional(),
  appointment_details: longText.optional(),
  notes: longText.optional(),
  location_resource_id: text.regex(/^[^^\ufffd]+(\^[^^\ufffd]*)?$/).optional(),
  automated_eligibility_check_complete: z.boolean().optional(),
  medical_necessity_verified: z.boolean().optional(),
  prior_authorization_status: z
    .enum(['NOT_REQUIRED', 'REQUIRED', 'PENDING', 'APPROVED', 'PARTIALLY_APPROVED', 'DENIED', 'EXPIRED'])
    .optional(),
  appointment_reason_detail: z
    .strictObject({
      diagnosis_codes: z.array(text).max(100).optional(),
      procedure_codes: z.array(text).max(100).optional(),
    })
    .optional(),
});
