import { parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import type { AppointmentItem } from '../../lambda/store/appointment-item.ts';
import {
  empty,
  failing,
  holding,
  type Store,
  silent,
  standingAt,
  throttling,
  writing,
  writtenBefore,
} from './store-double.ts';

/** A request to a route's handler, as far as it differs from a good one, and what the store or the issuer answers. */
export type Request = {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly claims?: Readonly<Record<string, string>>;
  readonly store?: Store;
  readonly issuer?: () => unknown;
};

/** The time at which all examples are made. */
export const now = '2026-03-02T08:30:00.000Z';

export const claims = { organization_id: 'acme', sub: 'acme' };
export const id = '6f1c7a52-5d0e-4f5a-9b1e-3f0f6f6c2d11';

const minimal = {
  patient_id: 'patient-1',
  start_timestamp: '2026-03-02T09:00:00Z',
  service_duration: 30,
  services: [],
};

const booked = {
  ...minimal,
  services: [{ universal_service_identifier: 'MD_Visit', start_timestamp: '2026-03-02T09:00:00Z' }],
  status: 'NOT_READY',
  work_queue: 'NEW_PATIENT',
  not_ready_reason: 'NEW_INSURANCE',
  attending_doctor: {
    name: { family: 'Okafor', given: ['Ada'], use: 'OFFICIAL' },
    telecoms: [{ value: '+1 555 0100', use: 'WORK' }],
    npi: '1234567893',
  },
};

const confirmed = {
  ...booked,
  status: 'READY',
  work_queue: undefined,
  not_ready_reason: undefined,
  ready_source: 'MANUAL',
  estimated_copay_cents: 2500,
  notes: 'Insurance verified',
};

const placed = { ...booked, placer_appointment_id: 'booking-4711', placer_system_name: 'front-desk' };

const key = { 'idempotency-key': '0b7e7a2e-8c1d-4c35-8a55-2f0d2a0c6f10' };
const update = { path: { id, version: '2' }, body: confirmed, store: writing };
const create = { headers: key, body: booked, store: writing };
const deactivate = { path: { id, version: '2' }, store: writing };
const scan = { query: 'since=2026-03-02T00:00:00Z' };
const token = { body: { client_id: 'acme', client_secret: 'acme-secret' } };

const history = [
  await version(1, booked, '2026-03-02T08:00:00.000Z'),
  await version(2, confirmed, '2026-03-02T08:15:00.000Z'),
] as const;
const tooMuch = await Promise.all(
  Array.from({ length: 30 }, (_, n) =>
    version(n + 1, { ...minimal, notes: 'n'.repeat(200_000) }, '2026-03-02T08:00:00.000Z'),
  ),
);

const readErrors = (request: Request) => ({
  no_organization: { ...request, claims: { sub: 'acme' } },
  throttled: { ...request, store: throttling },
  no_answer: { ...request, store: silent },
  fault: { ...request, store: failing },
});

const writeErrors = (request: Request) => ({
  ...readErrors(request),
  malformed_key: { ...request, headers: { 'idempotency-key': 'not visible' } },
});

const bodyErrors = (request: Request) => ({
  malformed_json: { ...request, body: '{"patient_id":' },
  too_large: { ...request, body: { ...minimal, notes: 'n'.repeat(262_144) } },
  not_json: { ...request, headers: { 'content-type': 'text/plain' } },
  schema_broken: { ...request, body: { ...minimal, service_duration: '30', satus: 'READY' } },
  rules_broken: { ...request, body: { ...minimal, status: 'NOT_READY', checked_in_timestamp: '2026-03-02T08:55:00Z' } },
});

/**
 * Which answers each route can give: for each, a request that gets it. The document's responses and their examples are
 * what the route's own handler answers.
 */
export const requests: Readonly<Record<string, Readonly<Record<string, Request>>>> = {
  'PUT /appointments/v1/{id}/{version}': {
    updated: update,
    ...writeErrors(update),
    ...bodyErrors(update),
    malformed_version: { ...update, path: { id, version: '02' } },
    absent: { ...update, store: empty },
    not_the_next_version: { ...update, store: standingAt(2, await appointmentIn(booked)) },
    key_reused: { ...update, headers: key, store: writtenBefore(2, await appointmentIn(booked)) },
  },
  'POST /appointments/v1': {
    created: create,
    ...writeErrors(create),
    ...bodyErrors(create),
    placer_id_used: { body: placed, store: standingAt(2, await appointmentIn(placed)) },
    key_reused: { ...create, store: writtenBefore(1, await appointmentIn(confirmed)) },
  },
  'GET /appointments/v1/{id}': {
    found: { path: { id }, store: holding(history) },
    ...readErrors({ path: { id } }),
    absent: { path: { id }, store: empty },
  },
  'GET /appointments/v1/{id}/history': {
    versions: { path: { id }, store: holding(history) },
    ...readErrors({ path: { id } }),
    absent: { path: { id }, store: empty },
    too_large: { path: { id }, store: holding(tooMuch) },
  },
  'GET /appointments/v1/updates/scan': {
    changes: { ...scan, store: holding(history.slice(1)) },
    ...readErrors(scan),
    malformed_since: { query: 'since=yesterday' },
    too_large: { ...scan, store: holding(tooMuch) },
  },
  'DELETE /appointments/v1/{id}/{version}': {
    deactivated: deactivate,
    ...writeErrors(deactivate),
    malformed_version: { ...deactivate, path: { id, version: '02' } },
    absent: { ...deactivate, store: empty },
    not_the_current_version: { ...deactivate, store: standingAt(3, await appointmentIn(confirmed)) },
  },
  'POST /api/auth/v2/token': {
    token: { ...token, issuer: answering(200, { access_token: 'eyJhbGciOiJSUzI1NiJ9…', expires_in: 3600 }) },
    wrong_credentials: { ...token, issuer: answering(401, { error: 'invalid_client' }) },
    malformed_json: { body: '{"client_id":' },
    too_large: { body: { ...token.body, client_secret: 's'.repeat(262_144) } },
    neither_json_nor_form: { ...token, headers: { 'content-type': 'text/plain' } },
    no_secret: { body: { client_id: 'acme' } },
    throttled: { ...token, issuer: answering(429, {}) },
    no_answer: { ...token, issuer: answering(500, {}) },
    fault: { ...token, issuer: () => undefined },
  },
};

function answering(status: number, body: unknown) {
  return () => Response.json(body, { status });
}

async function version(number: number, body: unknown, updated_at: string): Promise<AppointmentItem> {
  return {
    organization_id: claims.organization_id,
    id,
    version: number,
    appointment: await appointmentIn(body),
    updated_at,
    updating_user_id: claims.sub,
    deactivated: false,
    write_id: '',
  };
}

async function appointmentIn(body: unknown) {
  const { appointment } = await parseAppointment(JSON.parse(JSON.stringify(body)));
  if (!appointment) throw new Error('An example is no valid appointment.');
  return appointment;
}
