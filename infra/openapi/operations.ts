import { versionNumber } from '../../lambda/http/endpoint.ts';
import { visibleAscii } from '../../lambda/http/idempotency-key.ts';
import { refTo, type Schema } from './schemas.ts';

/** What a person and a tool want to know of a route beyond what the template says: words, parameters and bodies. */
export type Operation = {
  readonly tag: 'Appointments' | 'Tokens';
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly (keyof typeof parameters)[];
  /** The schema of the request's body, by its media types. */
  readonly request?: Readonly<Record<string, Schema>>;
  /** The schema of a success; none where its body is empty. */
  readonly success?: Schema;
};

export const parameters = {
  id: { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
  version: {
    name: 'version',
    in: 'path',
    required: true,
    description: 'The next version for an update, the current one for a deactivation.',
    schema: { type: 'string', pattern: versionNumber.source },
    example: '2',
  },
  since: {
    name: 'since',
    in: 'query',
    required: true,
    description: 'The first `updated_at` to answer. A space before the offset counts as `+`.',
    schema: { type: 'string', format: 'date-time' },
    example: '2026-03-02T00:00:00Z',
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a repetition safe: the same key with the same body, of the same organization, method and path, gets the outcome of the first success.',
    schema: { type: 'string', pattern: visibleAscii.source },
  },
} as const;

const appointment = refTo('Appointment');
const appointments: Schema = { type: 'array', items: appointment };
const appointmentRequest = { 'application/json': refTo('AppointmentRequest') };
const credentials = refTo('Credentials');

export const operations: Readonly<Record<string, Operation>> = {
  'PUT /appointments/v1/{id}/{version}': {
    tag: 'Appointments',
    summary: 'Update an appointment',
    description:
      'Replaces the part that clients own: what is left out is no longer set. The path carries the **next** version: exactly one of any number of concurrent writers of it wins. An update of a deactivated appointment reactivates it.',
    parameters: ['id', 'version', 'idempotencyKey'],
    request: appointmentRequest,
    success: appointment,
  },
  'POST /appointments/v1': {
    tag: 'Appointments',
    summary: 'Create an appointment',
    description:
      'The server makes the id; the first version is 1. A `placer_appointment_id` is used once for each `placer_system_name`; where one is given, the Idempotency-Key is not looked at.',
    parameters: ['idempotencyKey'],
    request: appointmentRequest,
    success: appointment,
  },
  'GET /appointments/v1/{id}': {
    tag: 'Appointments',
    summary: 'Read an appointment',
    description: 'The current version, of a deactivated appointment too.',
    parameters: ['id'],
    success: appointment,
  },
  'GET /appointments/v1/{id}/history': {
    tag: 'Appointments',
    summary: "Read an appointment's history",
    description: 'Every version, oldest first, the current one included, never with a hole.',
    parameters: ['id'],
    success: appointments,
  },
  'GET /appointments/v1/updates/scan': {
    tag: 'Appointments',
    summary: 'Scan for changes',
    description:
      'The appointments that changed since then, oldest change first, deactivated ones too: up to 100, fewer where they would exceed 5 MB. A page never ends inside a millisecond. Follow the Link header, and drop the (id, version) pairs that you know.',
    parameters: ['since'],
    success: appointments,
  },
  'DELETE /appointments/v1/{id}/{version}': {
    tag: 'Appointments',
    summary: 'Deactivate an appointment',
    description:
      'The path carries the **current** version n; makes version n+1, which differs from it in `deactivated: true`.',
    parameters: ['id', 'version', 'idempotencyKey'],
  },
  'POST /api/auth/v2/token': {
    tag: 'Tokens',
    summary: 'Get a token',
    description: 'Client credentials for a bearer token.',
    request: { 'application/json': credentials, 'application/x-www-form-urlencoded': credentials },
    success: refTo('Token'),
  },
};

const credential: Schema = { type: 'string', minLength: 1, maxLength: 1024 };

/** The schemas of the token route. */
export const tokenSchemas: Readonly<Record<string, Schema>> = {
  Credentials: {
    title: 'Credentials',
    type: 'object',
    required: ['client_id', 'client_secret'],
    properties: { client_id: credential, client_secret: credential },
  },
  Token: {
    title: 'Token',
    type: 'object',
    required: ['access_token', 'expires_in', 'token_type'],
    properties: {
      access_token: { type: 'string' },
      expires_in: { type: 'integer', description: 'Seconds.' },
      token_type: { const: 'Bearer' },
    },
  },
};
