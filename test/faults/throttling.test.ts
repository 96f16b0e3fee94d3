import { describe, expect, it } from '@jest/globals';
import { CandidApi } from 'candidhealth';
import { anAppointment } from '../support/an-appointment.ts';
import { appointments, call, created } from '../support/api.ts';
import { useFaultyApi } from '../support/faulty-api.ts';
import { always, faulty } from './faulty.ts';

useFaultyApi();

const throttled = ['ThrottlingException', 'ProvisionedThroughputExceededException'];
const patient = 60_000;

describe('a write that DynamoDB throttles', () => {
  it.concurrent.each(throttled)(
    'is a 429 where every attempt was throttled, and nothing is written: %s',
    async (fault) => {
      const { id } = await created(anAppointment());
      const reply = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: faulty(fault, always) }) });
      expect(reply).toMatchObject({ status: 429, json: { errorName: 'TooManyRequestsError' } });
      expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
      expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 1 });
    },
  );

  it.concurrent('is a 503 where any attempt went unanswered', async () => {
    const { id } = await created(anAppointment());
    const notes = faulty('throttled and reset by turns', always);
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment({ notes }) });
    expect(reply).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
    expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
  });

  it.concurrent('is repeated, and succeeds where the throttling ends in time', async () => {
    const { id } = await created(anAppointment());
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: faulty('ThrottlingException', 3) }) });
    expect(reply).toMatchObject({ status: 200, json: { version: 2 } });
  });
});

describe("the vendor's SDK and a store that throttles", () => {
  const body = (notes: string) => ({
    patientId: CandidApi.preEncounter.PatientId('patient-1'),
    startTimestamp: new Date('2026-03-02T09:00:00Z'),
    serviceDuration: 30,
    services: [],
    notes,
  });

  it.concurrent(
    'wins by its own retries',
    async () => {
      const { id } = await created(anAppointment());
      // One call of the service makes about twelve attempts: the SDK's second call sees the end of it.
      const result = await appointments().update(id, '2', body(faulty('ThrottlingException', 15)));
      expect(result).toMatchObject({ ok: true, body: { version: 2 } });
    },
    patient,
  );

  it(
    'reads the 429 where it never ends',
    async () => {
      const { id } = await created(anAppointment());
      const notes = faulty('ThrottlingException', always);
      const result = await appointments().update(id, '2', body(notes), { maxRetries: 0 });
      expect(result).toMatchObject({ ok: false, error: { content: { reason: 'status-code', statusCode: 429 } } });
    },
    patient,
  );
});
