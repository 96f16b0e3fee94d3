import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, type Reply } from '../support/api.ts';
import { faults } from './faults.ts';
import { always, deactivatedFaulty, faulty } from './faulty.ts';

/** A write that a test can send several times with one Idempotency-Key. */
type Keyed = {
  readonly send: () => Promise<Reply>;
  /** Makes the next version of the same appointment, without a key. */
  readonly updateNext: () => Promise<Reply>;
};

const writes: Readonly<Record<string, (fault: string, times: number) => Promise<Keyed>>> = {
  POST: async (fault, times) => {
    const request = keyed({ body: anAppointment({ notes: faulty(fault, times) }) });
    const send = () => call('POST', '', request);
    return { send, updateNext: async () => call('PUT', `/${(await send()).json.id}/2`, { body: anAppointment() }) };
  },
  PUT: async (fault, times) => {
    const { id } = await created(anAppointment());
    const request = keyed({ body: anAppointment({ notes: faulty(fault, times) }) });
    return {
      send: () => call('PUT', `/${id}/2`, request),
      updateNext: () => call('PUT', `/${id}/3`, { body: anAppointment() }),
    };
  },
  DELETE: async (fault, times) => {
    const { id } = await created(anAppointment({ notes: deactivatedFaulty(fault, times) }));
    const request = keyed({});
    return {
      send: () => call('DELETE', `/${id}/1`, request),
      updateNext: () => call('PUT', `/${id}/3`, { body: anAppointment() }),
    };
  },
};

function keyed<T extends object>(request: T): T & { headers: Record<string, string> } {
  return { ...request, headers: { 'idempotency-key': randomUUID() } };
}

function statusAndBody({ status, json }: Reply) {
  return { status, json };
}

describe.each(Object.entries(writes))('a %s with an Idempotency-Key', (_, write) => {
  it.concurrent.each(Object.keys(faults))(
    'happens once and is replayed, after a fault in the first attempt: %s',
    async (fault) => {
      const { send, updateNext } = await write(fault, 1);
      const first = await send();
      expect(first.status).toBe(200);
      expect(statusAndBody(await send())).toEqual(statusAndBody(first));
      expect((await updateNext()).status).toBe(200);
      expect(statusAndBody(await send())).toEqual(statusAndBody(first));
    },
  );

  it.concurrent('is replayed while the history lags behind a later version', async () => {
    const { send, updateNext } = await write('history lags', 5);
    const first = await send();
    await updateNext();
    expect(statusAndBody(await send())).toEqual(statusAndBody(first));
  });

  it.concurrent('returns 503 if the history never catches up', async () => {
    const { send, updateNext } = await write('history lags', always);
    await send();
    await updateNext();
    expect(await send()).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
  });
});
