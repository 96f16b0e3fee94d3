import type { ErrorName } from '../../lambda/http/error-table.ts';
import { refTo, type Schema } from './schemas.ts';

/** What openapi.json says about a route and the template does not. `response` is the body of a success; not set if it is empty. */
export type Operation = {
  readonly summary: string;
  readonly description: string;
  readonly request?: { readonly types: readonly string[]; readonly schema: Schema; readonly example: unknown };
  readonly response?: { readonly schema: Schema; readonly example: unknown };
  readonly headers?: readonly string[];
  readonly errors: readonly ErrorName[];
};

const bookedBody = {
  patient_id: 'patient-1',
  start_timestamp: '2026-03-02T09:00:00Z',
  service_duration: 30,
  services: [{ universal_service_identifier: 'MD_Visit', start_timestamp: '2026-03-02T09:00:00Z' }],
  status: 'NOT_READY',
  work_queue: 'NEW_PATIENT',
  not_ready_reason: 'NEW_INSURANCE',
};
const { work_queue: _, not_ready_reason: __, ...stillValid } = bookedBody;
const confirmedBody = { ...stillValid, status: 'READY', ready_source: 'MANUAL', notes: 'Insurance verified' };

const [version1, version2, version3] = [bookedBody, confirmedBody, confirmedBody].map((body, i) => ({
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
const appointmentBody = { types: ['application/json'], schema: refTo('AppointmentRequest') };

const serverErrors: readonly ErrorName[] = ['TooManyRequestsError', 'InternalError', 'ServiceUnavailableError'];
const readErrors: readonly ErrorName[] = ['ForbiddenError', 'BadRequestError', ...serverErrors];
const writeErrors: readonly ErrorName[] = [...readErrors, 'VersionConflictError', 'IdempotencyKeyReuseError'];
const bodyErrors: readonly ErrorName[] = ['PayloadTooLargeError', 'UnprocessableEntityError'];
const appointmentBodyErrors: readonly ErrorName[] = [...bodyErrors, 'UnsupportedMediaTypeError'];

export const operations: Readonly<Record<string, Operation>> = {
  'PUT /appointments/v1/{id}/{version}': {
    summary: 'Update an appointment',
    description:
      'Replaces every field that clients set. A field that you leave out is no longer set. The path carries the **next** version: to update version 1, send 2. If several clients send the same version, exactly one wins, and the others get 409. An update of a deactivated appointment reactivates it and clears its `cancellation_reason`.',
    request: { ...appointmentBody, example: confirmedBody },
    response: { schema: appointment, example: version2 },
    errors: [...writeErrors, ...appointmentBodyErrors, 'NotFoundError'],
  },
  'POST /appointments/v1': {
    summary: 'Create an appointment',
    description:
      'The server generates the id. The first version is 1. Each pair of `placer_system_name` and `placer_appointment_id` can be used for one create only: another create with the same pair gets 409, with the id of the existing appointment in `data.id`. A create with a `placer_appointment_id` ignores the Idempotency-Key, so a retry of a create that succeeded gets this 409 too.',
    request: { ...appointmentBody, example: bookedBody },
    response: { schema: appointment, example: version1 },
    errors: [...writeErrors, ...appointmentBodyErrors],
  },
  'GET /appointments/v1/{id}': {
    summary: 'Read an appointment',
    description: 'Returns the current version, even if the appointment is deactivated.',
    response: { schema: appointment, example: version2 },
    errors: [...readErrors, 'NotFoundError'],
  },
  'GET /appointments/v1/{id}/history': {
    summary: "Read an appointment's history",
    description: 'Returns every version, oldest first, including the current one. No version is ever missing.',
    response: { schema: appointments, example: [version1, version2, version3] },
    errors: [...readErrors, 'NotFoundError', 'PayloadTooLargeError'],
  },
  'GET /appointments/v1/updates/scan': {
    summary: 'List changed appointments',
    description:
      'Returns the appointments whose `updated_at` is `since` or later, oldest change first, including deactivated ones. A page has up to 100 appointments, fewer if they would exceed 5 MB, and more only to keep changes of the same millisecond together. It shows only current versions. To read on, follow the `Link` header, and drop each pair of `id` and `version` that you already have. An empty page means that you are caught up.',
    response: { schema: appointments, example: [version3] },
    headers: ['Link'],
    errors: [...readErrors, 'PayloadTooLargeError'],
  },
  'DELETE /appointments/v1/{id}/{version}': {
    summary: 'Deactivate an appointment',
    description:
      'The path carries the **current** version n. The service creates version n+1 with `deactivated: true` and, if you send one, the `cancellation_reason`. The appointment stays readable. A later update reactivates it.',
    errors: [...writeErrors, 'NotFoundError'],
  },
  'POST /api/auth/v2/token': {
    summary: 'Get a token',
    description:
      'Exchanges client credentials for a bearer token. Send them as JSON, as a form, or as HTTP Basic. With HTTP Basic, the body is optional. The token has all scopes of its client. The service ignores `scope` and other unknown members.',
    request: {
      types: ['application/json', 'application/x-www-form-urlencoded'],
      schema: refTo('Credentials'),
      example: { client_id: 'acme', client_secret: 'acme-secret', grant_type: 'client_credentials' },
    },
    response: {
      schema: refTo('Token'),
      example: { access_token: 'eyJhbGciOiJSUzI1NiJ9…', expires_in: 3600, token_type: 'Bearer' },
    },
    errors: [...serverErrors, ...bodyErrors, 'BadRequestError', 'UnauthorizedError', 'InvalidContentTypeError'],
  },
};
