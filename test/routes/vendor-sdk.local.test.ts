import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CandidApi, CandidApiClient } from 'candidhealth';
import { apiUrl, appointments, authUrl, sdk } from '../support/api.ts';

const { AppointmentId, CanonicalProviderId, PatientId } = CandidApi.preEncounter;
type Mutable = CandidApi.preEncounter.appointments.v1.MutableAppointment;
type Created = CandidApi.preEncounter.appointments.v1.Appointment;

const acme = appointments();

function mutable(fields: Partial<Mutable> = {}): Mutable {
  return {
    patientId: PatientId('patient-1'),
    startTimestamp: new Date('2026-03-02T09:00:00.000Z'),
    serviceDuration: 30,
    services: [],
    ...fields,
  };
}

async function made(fields: Partial<Mutable> = {}): Promise<Created> {
  const response = await acme.create(mutable(fields));
  if (!response.ok) throw new Error(`The create failed: ${response.error.errorName}`);
  return response.body;
}

describe("the vendor's SDK", () => {
  it('creates an appointment', async () => {
    const appointment = await made();
    expect(appointment).toMatchObject({ ...mutable(), status: 'PENDING', version: 1, deactivated: false });
    expect(appointment.organizationId).toBe('acme');
    expect(appointment.startTimestamp).toBeInstanceOf(Date);
    expect(appointment.updatedAt).toBeInstanceOf(Date);
  });

  it('updates it with the next version, and reads it', async () => {
    const { id } = await made();
    const update = await acme.update(
      id,
      '2',
      mutable({ status: 'NOT_READY', workQueue: 'NEW_PATIENT', notes: 'moved' }),
    );
    if (!update.ok) throw new Error(update.error.errorName ?? 'unknown');
    expect(update.body).toMatchObject({
      id,
      version: 2,
      status: 'NOT_READY',
      workQueue: 'NEW_PATIENT',
      notes: 'moved',
    });
    const read = await acme.get(id);
    expect(read).toMatchObject({ ok: true, body: update.body });
  });

  it('puts back what it has read and changed', async () => {
    const appointment = await made({ notes: 'before', patientDepositCents: 100 });
    const update = await acme.update(appointment.id, '2', { ...appointment, notes: 'after' });
    if (!update.ok) throw new Error(update.error.errorName ?? 'unknown');
    const { version, updatedAt, ...others } = update.body;
    expect(version).toBe(2);
    expect(updatedAt.getTime()).toBeGreaterThanOrEqual(appointment.updatedAt.getTime());
    expect({ ...appointment, notes: 'after' }).toMatchObject(others);
  });

  it('sends and gets back every field', async () => {
    const period = { start: '2026-01-01', end: '2026-12-31' };
    const sent = mutable({
      services: [{ universalServiceIdentifier: 'MD_Visit', startTimestamp: new Date('2026-03-02T09:10:00.250Z') }],
      status: 'CHECKED_IN',
      readySource: 'MACHINE',
      checkedInTimestamp: new Date('2026-03-02T08:55:00.000Z'),
      placerAppointmentId: randomUUID(),
      placerSystemName: 'EHR',
      attendingDoctor: {
        name: { family: 'Grey', given: ['Meredith'], use: 'OFFICIAL', suffix: 'MD', period },
        type: 'REFERRING',
        npi: '1234567893',
        telecoms: [{ value: '+1 206 555 0100', use: 'WORK', period }],
        addresses: [
          {
            use: 'WORK',
            line: ['Suite 4'],
            city: 'Seattle',
            state: 'WA',
            postalCode: '98109',
            country: 'US',
            county: 'King',
          },
        ],
        period,
        canonicalId: CanonicalProviderId('canonical-1'),
        fax: '1',
        otherFaxNumbers: ['2'],
        emails: ['grey@example.com'],
      },
      estimatedCopayCents: 2_500,
      estimatedPatientResponsibilityCents: 10_000,
      patientDepositCents: 0,
      appointmentDetails: 'Bring the referral.',
      notes: '👩🏽‍⚕️ "quoted"\n',
      locationResourceId: 'ROOM-1^First floor',
      automatedEligibilityCheckComplete: false,
    });
    expect(await made(sent)).toMatchObject(sent);
  });

  it('learns the latest version from a VersionConflictError', async () => {
    const { id } = await made();
    await acme.update(id, '2', mutable());
    const stale = await acme.update(id, '2', mutable());
    expect(stale).toMatchObject({
      ok: false,
      error: { errorName: 'VersionConflictError', content: { latestVersion: 2, message: expect.any(String) } },
    });
  });

  it("learns whose a placer's id is from the VersionConflictError of a create", async () => {
    const placer = { placerAppointmentId: randomUUID(), placerSystemName: 'EHR' };
    const { id } = await made(placer);
    const second = await acme.create(mutable(placer));
    expect(second).toMatchObject({
      ok: false,
      error: { errorName: 'VersionConflictError', content: { latestVersion: 1, data: { id } } },
    });
  });

  it('gets a NotFoundError for what is not there', async () => {
    const absent = AppointmentId(randomUUID());
    const error = { errorName: 'NotFoundError', content: { message: expect.any(String) } };
    expect(await acme.get(absent)).toMatchObject({ ok: false, error });
    expect(await acme.update(absent, '2', mutable())).toMatchObject({ ok: false, error });
  });

  it("does not find another organization's appointment", async () => {
    const { id } = await made();
    expect(await appointments('globex').get(id)).toMatchObject({ ok: false, error: { errorName: 'NotFoundError' } });
  });

  it('hands over the violations of a 422 with its body', async () => {
    const { id } = await made();
    const response = await acme.update(id, '2', mutable({ status: 'NOT_READY' }));
    const violation = { path: '/work_queue', rule: 'not_ready_needs_work_queue', message: expect.any(String) };
    expect(response).toMatchObject({
      ok: false,
      error: {
        content: {
          reason: 'status-code',
          statusCode: 422,
          body: { errorName: 'UnprocessableEntityError', content: { data: [violation] } },
        },
      },
    });
  });

  it('lets exactly one of fifty writers of the next version win', async () => {
    const { id } = await made();
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => acme.update(id, '2', mutable({ notes: `writer ${n}` }))),
    );
    const [winner, ...others] = responses.toSorted((a, b) => Number(b.ok) - Number(a.ok));
    expect(winner?.ok).toBe(true);
    for (const other of others) {
      expect(other).toMatchObject({
        ok: false,
        error: { errorName: 'VersionConflictError', content: { latestVersion: 2 } },
      });
    }
    expect(await acme.get(id)).toMatchObject({ body: winner?.ok && winner.body });
  });
});

describe("the vendor's SDK and its token", () => {
  it('takes it once, and keeps it for all its requests', async () => {
    const requested: string[] = [];
    const client = new CandidApiClient({
      clientId: 'acme',
      clientSecret: 'acme-secret',
      environment: { candidApi: authUrl(), preEncounter: apiUrl() },
      fetch: (url, init) => {
        requested.push(`${init?.method} ${new URL(String(url)).pathname}`);
        return fetch(url, init);
      },
    });
    const { v1 } = client.preEncounter.appointments;
    await Promise.all([v1.create(mutable()), v1.create(mutable())]);
    await v1.create(mutable());
    expect(requested.filter((request) => request === 'POST /api/auth/v2/token')).toHaveLength(1);
    expect(requested).toHaveLength(4);
  });

  it('is refused one for a wrong secret', async () => {
    const { v1 } = sdk('acme', 'wrong').preEncounter.appointments;
    await expect(v1.get(AppointmentId(randomUUID()))).rejects.toMatchObject({
      body: { content: { statusCode: 401, body: { errorName: 'UnauthorizedError' } } },
    });
  });

  it('is told that a client may only read', async () => {
    const response = await appointments('viewer').create(mutable());
    expect(response).toMatchObject({
      ok: false,
      error: { content: { statusCode: 403, body: { message: 'Forbidden' } } },
    });
  });
});
