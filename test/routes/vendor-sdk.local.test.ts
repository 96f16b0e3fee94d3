import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CandidApi, CandidApiClient } from 'candidhealth';
import { apiUrl, appointments, authUrl } from '../support/api.ts';

const { CanonicalProviderId, PatientId } = CandidApi.preEncounter;
type Body = CandidApi.preEncounter.appointments.v1.MutableAppointment;
type Appointment = CandidApi.preEncounter.appointments.v1.Appointment;

const acme = appointments();

function aBody(fields: Partial<Body> = {}): Body {
  return {
    patientId: PatientId('patient-1'),
    startTimestamp: new Date('2026-03-02T09:00:00.000Z'),
    serviceDuration: 30,
    services: [],
    ...fields,
  };
}

async function create(fields: Partial<Body> = {}): Promise<Appointment> {
  const response = await acme.create(aBody(fields));
  if (!response.ok) throw new Error(`The create failed: ${response.error.errorName}`);
  return response.body;
}

describe("the vendor's SDK", () => {
  it('creates an appointment', async () => {
    const appointment = await create();
    expect(appointment).toMatchObject({ ...aBody(), status: 'PENDING', version: 1, deactivated: false });
    expect(appointment.organizationId).toBe('acme');
    expect(appointment.startTimestamp).toBeInstanceOf(Date);
    expect(appointment.updatedAt).toBeInstanceOf(Date);
  });

  it('updates an appointment with the next version, and reads it', async () => {
    const { id } = await create();
    const update = await acme.update(id, '2', aBody({ status: 'NOT_READY', workQueue: 'NEW_PATIENT', notes: 'moved' }));
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

  it('sends back an appointment that it has read and changed', async () => {
    const appointment = await create({ notes: 'before', patientDepositCents: 100 });
    const update = await acme.update(appointment.id, '2', { ...appointment, notes: 'after' });
    if (!update.ok) throw new Error(update.error.errorName ?? 'unknown');
    const { version, updatedAt, ...others } = update.body;
    expect(version).toBe(2);
    expect(updatedAt.getTime()).toBeGreaterThanOrEqual(appointment.updatedAt.getTime());
    expect({ ...appointment, notes: 'after' }).toMatchObject(others);
  });

  it('sends and receives every field', async () => {
    const period = { start: '2026-01-01', end: '2026-12-31' };
    const sent = aBody({
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
    expect(await create(sent)).toMatchObject(sent);
  });

  it('learns the latest version from a VersionConflictError', async () => {
    const { id } = await create();
    await acme.update(id, '2', aBody());
    const stale = await acme.update(id, '2', aBody());
    expect(stale).toMatchObject({
      ok: false,
      error: { errorName: 'VersionConflictError', content: { latestVersion: 2, message: expect.any(String) } },
    });
  });

  it('learns the id of the existing appointment from a create with a placer id that is taken', async () => {
    const placer = { placerAppointmentId: randomUUID(), placerSystemName: 'EHR' };
    const { id } = await create(placer);
    const second = await acme.create(aBody(placer));
    expect(second).toMatchObject({
      ok: false,
      error: { errorName: 'VersionConflictError', content: { latestVersion: 1, data: { id } } },
    });
  });

  it("does not find another organization's appointment", async () => {
    const { id } = await create();
    expect(await appointments('globex').get(id)).toMatchObject({ ok: false, error: { errorName: 'NotFoundError' } });
  });

  it('sees exactly one of fifty concurrent writers of the next version win', async () => {
    const { id } = await create();
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => acme.update(id, '2', aBody({ notes: `writer ${n}` }))),
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

  it('requests a token once, and uses it for all its requests', async () => {
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
    await Promise.all([v1.create(aBody()), v1.create(aBody())]);
    await v1.create(aBody());
    expect(requested.filter((request) => request === 'POST /api/auth/v2/token')).toHaveLength(1);
    expect(requested).toHaveLength(4);
  });
});
