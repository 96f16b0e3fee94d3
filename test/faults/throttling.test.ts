import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CandidApi } from 'candidhealth';
import { anAppointment } from '../support/an-appointment.ts';
import { appointments, call, created, type Reply } from '../support/api.ts';
import { always, deactivatedFaulty, faulty } from './faulty.ts';

const throttled = ['ThrottlingException', 'ProvisionedThroughputExceededException'];
const patient = 60_000;

/** A write that meets that fault without end, and a look at whether it was carried out. */
type Doomed = { readonly send: () => Promise<Reply>; readonly written: () => Promise<boolean> };

const writes: Readonly<Record<string, (fault: string) => Promise<Doomed>>> = {
  POST: async (fault) => {
    const notes = faulty(fault, always);
    // Who knows the placer's id knows the appointment's: a second create tells it.
    const placer_appointment_id = randomUUID();
    return {
      send: () => call('POST', '', { body: anAppointment({ notes, placer_appointment_id }) }),
      written: async () => (await call('POST', '', { body: anAppointment({ placer_appointment_id }) })).status === 409,
    };
  },
  PUT: async (fault) => {
    const { id } = await created(anAppointment());
    const body = anAppointment({ notes: faulty(fault, always) });
    return { send: () => call('PUT', `/${id}/2`, { body }), written: async () => (await versionOf(id)) > 1 };
  },
  DELETE: async (fault) => {
    const { id } = await created(anAppointment({ notes: deactivatedFaulty(fault, always) }));
    return { send: () => call('DELETE', `/${id}/1`), written: async () => (await versionOf(id)) > 1 };
  },
};

async function versionOf(id: string): Promise<number> {
  return (await call('GET', `/${id}`)).json.version;
}

describe.each(Object.entries(writes))('a %s that DynamoDB throttles', (_, write) => {
  it.concurrent.each(throttled)(
    'is a 429 where every attempt was throttled, and nothing is written: %s',
    async (fault) => {
      const { send, written } = await write(fault);
      const reply = await send();
      expect(reply).toMatchObject({ status: 429, json: { errorName: 'TooManyRequestsError' } });
      expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
      expect(await written()).toBe(false);
    },
  );

  it.concurrent.each(['throttled and reset by turns', 'reset before commit', '503 before commit'])(
    'is a 503 where any attempt went unanswered: %s',
    async (fault) => {
      const { send } = await write(fault);
      const reply = await send();
      expect(reply).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
      expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
    },
  );
});

describe('a write that DynamoDB throttles for a while', () => {
  it.concurrent('is repeated, and succeeds where that ends in time', async () => {
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

  it(
    'wins by its own retries',
    async () => {
      const { id } = await created(anAppointment());
      using answers = responsesTo(`/${id}/2`);
      // One call of the service makes about twenty attempts, and the key keeps them one write: the end of it comes with
      // the SDK's second call.
      const headers = { 'Idempotency-Key': randomUUID() };
      const result = await appointments().update(id, '2', body(faulty('ThrottlingException', 30)), { headers });
      expect(result).toMatchObject({ ok: true, body: { version: 2 } });
      expect(answers.statuses.at(0)).toBe(429);
      expect(answers.statuses.at(-1)).toBe(200);
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

/** The statuses that this process is answered to requests of that path, until the end of the scope. */
function responsesTo(path: string): Disposable & { readonly statuses: readonly number[] } {
  const [statuses, original]: [number[], typeof fetch] = [[], globalThis.fetch];
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    if (response.url.endsWith(path)) statuses.push(response.status);
    return response;
  };
  return {
    statuses,
    [Symbol.dispose]: () => {
      globalThis.fetch = original;
    },
  };
}
