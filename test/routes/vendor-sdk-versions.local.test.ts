import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as v1_33_0 from 'candidhealth';
import * as v1_20_2 from 'candidhealth-1.20.2';
import * as v1_30_0 from 'candidhealth-1.30.0';
import * as v1_32_0 from 'candidhealth-1.32.0';
import { apiUrl, authUrl, call } from '../support/api.ts';
import { startFailingProxy } from '../support/failing-proxy.ts';

const { AppointmentId, PatientId } = v1_32_0.CandidApi.preEncounter;

/** The body that the oldest version can send, and the appointment that the newest version can receive. */
type Body = v1_20_2.CandidApi.preEncounter.appointments.v1.MutableAppointment;
type Appointment = v1_33_0.CandidApi.preEncounter.appointments.v1.Appointment;

const pending: Body = {
  patientId: PatientId('patient-1'),
  startTimestamp: new Date('2026-03-02T09:00:00.000Z'),
  serviceDuration: 30,
  services: [{ universalServiceIdentifier: 'MD_Visit', startTimestamp: new Date('2026-03-02T09:15:00.000Z') }],
  attendingDoctor: {
    name: { family: 'Okafor', given: ['Ada'], use: 'OFFICIAL', period: { start: '2020-01-01' } },
    type: 'ATTENDING',
    telecoms: [{ value: '+1 555 0100', use: 'WORK' }],
  },
  estimatedCopayCents: 2500,
  locationResourceId: 'room-1^Room 1',
  automatedEligibilityCheckComplete: true,
};
const body: Body = { ...pending, status: 'CHECKED_IN', checkedInTimestamp: new Date('2026-03-02T08:55:00.000Z') };

describe.each([
  { version: '1.20.2', CandidApiClient: v1_20_2.CandidApiClient },
  { version: '1.30.0', CandidApiClient: v1_30_0.CandidApiClient },
  { version: '1.32.0', CandidApiClient: v1_32_0.CandidApiClient },
  { version: '1.33.0', CandidApiClient: v1_33_0.CandidApiClient },
])("the vendor's SDK $version", ({ CandidApiClient }) => {
  const client = ({ id = 'acme', secret = `${id}-secret`, api = apiUrl(), auth = authUrl() }: Access = {}) =>
    new CandidApiClient({
      clientId: id,
      clientSecret: secret,
      environment: { candidApi: auth, preEncounter: api },
    });
  const appointments = client().preEncounter.appointments.v1;
  const created = async (): Promise<Appointment> => bodyOf(await appointments.create(body));
  const absent = AppointmentId(randomUUID());

  describe('parses the response of', () => {
    const serverFields = { organizationId: 'acme', updatingUserId: 'acme', updatedAt: expect.any(Date) };

    it('create', async () => {
      expect(await created()).toMatchObject({ ...body, ...serverFields, version: 1, deactivated: false });
    });

    it('update', async () => {
      const { id } = await created();
      const ready: Body = { ...pending, status: 'READY', notes: 'Insurance verified' };
      const updated = bodyOf(await appointments.update(id, '2', ready));
      expect(updated).toMatchObject({ ...serverFields, id, version: 2, status: 'READY', notes: 'Insurance verified' });
      expect(updated.checkedInTimestamp).toBeUndefined();
    });

    it('get', async () => {
      const appointment = await created();
      expect(bodyOf(await appointments.get(appointment.id))).toEqual(appointment);
    });

    it('getHistory', async () => {
      const first = await created();
      const second = bodyOf(await appointments.update(first.id, '2', { ...body, notes: 'moved' }));
      expect(bodyOf(await appointments.getHistory(first.id))).toEqual([first, second]);
    });

    it('scan', async () => {
      const appointment = await created();
      expect(bodyOf(await appointments.scan({ since: appointment.updatedAt }))).toContainEqual(appointment);
    });

    it('deactivate', async () => {
      const { id } = await created();
      expect(bodyOf(await appointments.deactivate(id, '1'))).toBeUndefined();
      expect(bodyOf(await appointments.get(id))).toMatchObject({
        ...body,
        ...serverFields,
        version: 2,
        deactivated: true,
      });
    });

    it('token', async () => {
      const token = await client().auth.default.getToken({ clientId: 'acme', clientSecret: 'acme-secret' });
      expect(bodyOf(token)).toEqual({ accessToken: expect.any(String), expiresIn: 3_600, tokenType: 'Bearer' });
    });
  });

  describe('reads the error of', () => {
    const notFound = { errorName: 'NotFoundError', content: { message: expect.any(String) } };

    it('an update whose version is not the next one', async () => {
      const { id } = await created();
      expect(await appointments.update(id, '3', body)).toMatchObject({ ok: false, error: conflict(1) });
    });

    it('a create with a placer id that was used before', async () => {
      const placed = { ...body, placerAppointmentId: randomUUID() };
      const { id } = bodyOf(await appointments.create(placed));
      const error = { errorName: 'VersionConflictError', content: { latestVersion: 1, data: { id } } };
      expect(await appointments.create(placed)).toMatchObject({ ok: false, error });
    });

    it('a deactivation whose version is not the current one', async () => {
      const { id } = await created();
      expect(await appointments.deactivate(id, '2')).toMatchObject({ ok: false, error: conflict(1) });
    });

    it('an unknown id', async () => {
      expect(await appointments.get(absent)).toMatchObject({ ok: false, error: notFound });
      expect(await appointments.getHistory(absent)).toMatchObject({ ok: false, error: notFound });
      expect(await appointments.update(absent, '2', body)).toMatchObject({ ok: false, error: notFound });
      expect(await appointments.deactivate(absent, '1')).toMatchObject({ ok: false, error: notFound });
    });

    // If a method does not declare an error, the SDK returns its status and body as they arrived.
    it('a body that violates a rule', async () => {
      const { id } = await created();
      const data = [expect.objectContaining({ path: '/work_queue', rule: 'not_ready_needs_work_queue' })];
      expect(await appointments.update(id, '2', { ...pending, status: 'NOT_READY' })).toEqual(
        undeclared(422, { errorName: 'UnprocessableEntityError', content: { message: expect.any(String), data } }),
      );
    });

    it('a version that is not a number', async () => {
      const { id } = await created();
      expect(await appointments.update(id, 'two', body)).toEqual(
        undeclared(400, { errorName: 'BadRequestError', content: { message: expect.any(String) } }),
      );
    });

    it('a token without the scope', async () => {
      const viewer = client({ id: 'viewer' }).preEncounter.appointments.v1;
      expect(await viewer.create(body)).toEqual(undeclared(403, { message: 'Forbidden' }));
    });

    it('wrong credentials', async () => {
      const error = { errorName: 'UnauthorizedError', content: { message: expect.any(String) } };
      const token = await client().auth.default.getToken({ clientId: 'acme', clientSecret: 'wrong' });
      expect(token).toEqual(undeclared(401, error));
      const wrong = client({ secret: 'wrong' }).preEncounter.appointments.v1;
      await expect(wrong.get(absent)).rejects.toMatchObject({ body: { content: { statusCode: 401, body: error } } });
    });
  });

  describe('retries', () => {
    it.each(['ServiceUnavailableError', 'TooManyRequestsError'] as const)('an update after a %s', async (errorName) => {
      const { id } = await created();
      using proxy = await startFailingProxy(apiUrl(), { errorName, times: 1 });
      const { preEncounter } = client({ api: proxy.url });
      const start = Date.now();
      expect(await preEncounter.appointments.v1.update(id, '2', body)).toMatchObject({
        ok: true,
        body: { version: 2 },
      });
      expect(Date.now() - start).toBeGreaterThanOrEqual(1_000);
      expect(proxy.requests).toEqual([`PUT /appointments/v1/${id}/2`, `PUT /appointments/v1/${id}/2`]);
    });

    it('an update whose response was lost, and with an Idempotency-Key gets that response', async () => {
      const { id } = await created();
      using proxy = await startFailingProxy(apiUrl(), { errorName: 'ServiceUnavailableError', times: 1, lost: true });
      const { v1 } = client({ api: proxy.url }).preEncounter.appointments;
      const headers = { 'Idempotency-Key': randomUUID() };
      expect(await v1.update(id, '2', body, { headers })).toMatchObject({ ok: true, body: { id, version: 2 } });
      expect(proxy.requests).toHaveLength(2);
    });

    it('an update whose response was lost, and without an Idempotency-Key gets a conflict with itself', async () => {
      const { id } = await created();
      using proxy = await startFailingProxy(apiUrl(), { errorName: 'ServiceUnavailableError', times: 1, lost: true });
      const { v1 } = client({ api: proxy.url }).preEncounter.appointments;
      expect(await v1.update(id, '2', body)).toMatchObject({ ok: false, error: conflict(2) });
    });

    it('a request for a token', async () => {
      using proxy = await startFailingProxy(authUrl(), { errorName: 'TooManyRequestsError', times: 1 });
      expect(await client({ auth: proxy.url }).preEncounter.appointments.v1.create(body)).toMatchObject({ ok: true });
      expect(proxy.requests).toEqual(['POST /api/auth/v2/token', 'POST /api/auth/v2/token']);
    });

    it('twice, and then returns the error', async () => {
      using proxy = await startFailingProxy(apiUrl(), { errorName: 'ServiceUnavailableError', times: 3 });
      const { v1 } = client({ api: proxy.url }).preEncounter.appointments;
      expect(await v1.get(absent)).toEqual(
        undeclared(503, { errorName: 'ServiceUnavailableError', content: { message: expect.any(String) } }),
      );
      expect(proxy.requests).toHaveLength(3);
    });
  });

  describe('gets 404 from a route that this service does not have:', () => {
    it('visits', async () => {
      expect(await appointments.getVisits()).toMatchObject(undeclared(404, expect.anything()));
    });

    it('visits/counts', async () => {
      if ('getCounts' in appointments) {
        expect(await appointments.getCounts()).toMatchObject(undeclared(404, expect.anything()));
      }
      expect(await call('GET', '/visits/counts')).toMatchObject({ status: 404 });
    });
  });
});

type Access = { id?: string; secret?: string; api?: string; auth?: string };

type Result<T> = { readonly ok: true; readonly body: T } | { readonly ok: false; readonly error: unknown };

function bodyOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`The SDK returned an error: ${JSON.stringify(result.error)}`);
  return result.body;
}

function conflict(latestVersion: number) {
  return { errorName: 'VersionConflictError', content: { message: expect.any(String), latestVersion } };
}

/** An error that the SDK's method does not declare: the status and the body as they arrived. */
function undeclared(statusCode: number, body: unknown) {
  const content = expect.objectContaining({ reason: 'status-code', statusCode, body });
  return expect.objectContaining({ ok: false, error: expect.objectContaining({ content }) });
}
