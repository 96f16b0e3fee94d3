import type { ErrorName } from '../../lambda/http/error-table.ts';
import { refTo, type Schema } from './schemas.ts';

/** What the template does not say about a route. `response`: the body of a success, unless it is empty. */
export type Operation = {
  readonly summary: string;
  readonly description: string;
  readonly request?: { readonly types: readonly string[]; readonly schema: Schema; readonly example: unknown };
  readonly response?: { readonly schema: Schema; readonly example: unknown };
  readonly headers?: readonly string[];
  readonly errors: readonly ErrorName[];
};

const booked = {
  patient_id: 'patient-1',
  start_timestamp: '2026-03-02T09:00:00Z',
  service_duration: 30,
  services: [{ universal_service_identifier: 'MD_Visit', start_timestamp: '2026-03-02T09:00:00Z' }],
  status: 'NOT_READY',
  work_queue: 'NEW_PATIENT',
  not_ready_reason: 'NEW_INSURANCE',
};
const { work_queue: _, not_ready_reason: __, ...kept } = booked;
const confirmed = { ...kept, status: 'READY', ready_source: 'MANUAL', notes: 'Insurance verified' };

const [version1, version2, version3] = [booked, confirmed, confirmed].map((body, i) => ({
  ...body,
  id: '6f1c7a52-5d0e-4f5a-9b1e-3f0f6f6c2d11',
  organization_id: 'acme',
  version: i + 1,
  updated_at: `2026-03-02T08:${15 * i + 10}:00.000Z`,
  updating_user_id: 'acme',
  deactivated: i === 2,
  ...(i === 2 && { cancellation_reason: 'Patient moved' }),
}));

const appointment = refTo('Appointment');
const appointments: Schema = { type: 'array', items: appointment };
const json = { types: ['application/json'], schema: refTo('AppointmentRequest') };

const failures: readonly ErrorName[] = ['TooManyRequestsError', 'InternalError', 'ServiceUnavailableError'];
const read: readonly ErrorName[] = ['ForbiddenError', 'BadRequestError', ...failures];
const write: readonly ErrorName[] = [...read, 'VersionConflictError', 'IdempotencyKeyReuseError'];
const bodyErrors: readonly ErrorName[] = ['PayloadTooLargeError', 'UnprocessableEntityError'];
const appointmentErrors: readonly ErrorName[] = [...bodyErrors, 'UnsupportedMediaTypeError'];

export const operations: Readonly<Record<string, Operation>> = {
  'PUT /appointments/v1/{id}/{version}': {
    summary: 'Update an appointment',
    description:
      'Replaces the mutable part: a field that is left out is no longer set. The path carries the **next** version: of any number of concurrent writers of it, exactly one wins. An update of a deactivated appointment reactivates it and clears its `cancellation_reason`.',
    request: { ...json, example: confirmed },
    response: { schema: appointment, example: version2 },
    errors: [...write, ...appointmentErrors, 'NotFoundError'],
  },
  'POST /appointments/v1': {
    summary: 'Create an appointment',
    description:
      'The server generates the id; the first version is 1. A `placer_appointment_id` can be used once per `placer_system_name`. If it is set, the Idempotency-Key is ignored: the retry of a create that succeeded gets a 409 that names the appointment in `data.id`, not the first response.',
    request: { ...json, example: booked },
    response: { schema: appointment, example: version1 },
    errors: [...write, ...appointmentErrors],
  },
  'GET /appointments/v1/{id}': {
    summary: 'Read an appointment',
    description: 'The current version, also of a deactivated appointment.',
    response: { schema: appointment, example: version2 },
    errors: [...read, 'NotFoundError'],
  },
  'GET /appointments/v1/{id}/history': {
    summary: "Read an appointment's history",
    description: 'Every version, oldest first, including the current one, never with a gap.',
    response: { schema: appointments, example: [version1, version2, version3] },
    errors: [...read, 'NotFoundError', 'PayloadTooLargeError'],
  },
  'GET /appointments/v1/updates/scan': {
    summary: 'Scan for changes',
    description:
      'The appointments that changed at `since` or later, oldest change first, including deactivated ones: up to 100, or fewer if they would exceed 5 MB. A page never ends inside a millisecond, and never shows a version that has been replaced. An empty page means that you have caught up. Follow the Link header, and drop the (id, version) pairs that you already have.',
    response: { schema: appointments, example: [version3] },
    headers: ['Link'],
    errors: [...read, 'PayloadTooLargeError'],
  },
  'DELETE /appointments/v1/{id}/{version}': {
    summary: 'Deactivate an appointment',
    description:
      'The path carries the **current** version n. Creates version n+1 with `deactivated: true` and, if given, the `cancellation_reason`.',
    errors: [...write, 'NotFoundError'],
  },
  'POST /api/auth/v2/token': {
    summary: 'Get a token',
    description:
      "Exchanges client credentials, as JSON, as a form or as HTTP Basic, for a bearer token. With HTTP Basic, the body may be left out. The token always carries all of its client's scopes: `scope` and other members are ignored.",
    request: {
      types: ['application/json', 'application/x-www-form-urlencoded'],
      schema: refTo('Credentials'),
      example: { client_id: 'acme', client_secret: 'acme-secret', grant_type: 'client_credentials' },
    },
    response: {
      schema: refTo('Token'),
      example: { access_token: 'eyJhbGciOiJSUzI1NiJ9…', expires_in: 3600, token_type: 'Bearer' },
    },
    errors: [...failures, ...bodyErrors, 'BadRequestError', 'UnauthorizedError', 'InvalidContentTypeError'],
  },
};
