import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CandidApi } from 'candidhealth';
import { anAppointment } from '../support/an-appointment.ts';
import { appointments, call, created, type Reply } from '../support/api.ts';
import { always, deactivatedFaulty, faulty } from './faulty.ts';

const throttled = ['ThrottlingException', 'ProvisionedThroughputExceededException'];
const longTimeout = 60_000;

/** A write that meets a fault on every attempt. `written` tells whether it happened. */
type FaultyWrite = { readonly send: () => Promise<Reply>; readonly written: () => Promise<boolean> };

const writes: Readonly<Record<string, (fault: string) => Promise<FaultyWrite>>> = {
  POST: async (fault) => {
    const notes = faulty(fault, always);
    // A second create with the same placer id returns 409 if the first one happened.
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
  it.concurrent.each(throttled)('returns 429 and writes nothing if every attempt is throttled: %s', async (fault) => {
    const { send, written } = await write(fault);
    const reply = await send();
    expect(reply).toMatchObject({ status: 429, json: { errorName: 'TooManyRequestsError' } });
    expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
    expect(await written()).toBe(false);
  });

  it.concurrent.each(['alternating throttle and reset', 'reset before commit', '503 before commit'])(
    'returns 503 if any attempt is lost: %s',
    async (fault) => {
      const { send } = await write(fault);
      const reply = await send();
      expect(reply).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
      expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
    },
  );
});

describe('a write that DynamoDB throttles temporarily', () => {
  it.concurrent('is retried, and succeeds if the throttling ends within the retry budget', async () => {
    const { id } = await created(anAppointment());
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: faulty('ThrottlingException', 3) }) });
    expect(reply).toMatchObject({ status: 200, json: { version: 2 } });
  });
});

describe("the vendor's SDK, while DynamoDB throttles", () => {
  const body = (notes: string) => ({
    patientId: CandidApi.preEncounter.PatientId('longTimeout-1'),
    startTimestamp: new Date('2026-03-02T09:00:00Z'),
    serviceDuration: 30,
    services: [],
    notes,
  });

  it(
    'succeeds with its own retries',
    async () => {
      const { id } = await created(anAppointment());
      using responses = responsesTo(`/${id}/2`);
      // One request makes about twenty attempts, so the throttling ends during the SDK's second request. The key makes both
      // requests one write.
      const headers = { 'Idempotency-Key': randomUUID() };
      const result = await appointments().update(id, '2', body(faulty('ThrottlingException', 30)), { headers });
      expect(result).toMatchObject({ ok: true, body: { version: 2 } });
      expect(responses.statuses.at(0)).toBe(429);
      expect(responses.statuses.at(-1)).toBe(200);
    },
    longTimeout,
  );

  it(
    'returns the 429 if the throttling never ends',
    async () => {
      const { id } = await created(anAppointment());
      const notes = faulty('ThrottlingException', always);
      const result = await appointments().update(id, '2', body(notes), { maxRetries: 0 });
      expect(result).toMatchObject({ ok: false, error: { content: { reason: 'status-code', statusCode: 429 } } });
    },
    longTimeout,
  );
});

/** Collects the statuses of this process's responses for a path, until the end of the scope. */
function responsesTo(path: string): Disposable & { readonly statuses: readonly number[] } {
  const [statuses, originalFetch]: [number[], typeof fetch] = [[], globalThis.fetch];
  globalThis.fetch = async (input, init) => {
    const response = await originalFetch(input, init);
    if (response.url.endsWith(path)) statuses.push(response.status);
    return response;
  };
  return {
    statuses,
    [Symbol.dispose]: () => {
      globalThis.fetch = originalFetch;
    },
  };
}
