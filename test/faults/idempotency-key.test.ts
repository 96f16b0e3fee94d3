import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, type Reply } from '../support/api.ts';
import { faults } from './faults.ts';
import { always, deactivatedFaulty, faulty } from './faulty.ts';

/** A write that is sent as often as a test likes, under one Idempotency-Key. */
type Keyed = {
  readonly send: () => Promise<Reply>;
  /** Makes the next version of the appointment that it wrote to, with no key. */
  readonly goOn: () => Promise<Reply>;
};

const writes: Readonly<Record<string, (fault: string, times: number) => Promise<Keyed>>> = {
  POST: async (fault, times) => {
    const request = keyed({ body: anAppointment({ notes: faulty(fault, times) }) });
    const send = () => call('POST', '', request);
    return { send, goOn: async () => call('PUT', `/${(await send()).json.id}/2`, { body: anAppointment() }) };
  },
  PUT: async (fault, times) => {
    const { id } = await created(anAppointment());
    const request = keyed({ body: anAppointment({ notes: faulty(fault, times) }) });
    return {
      send: () => call('PUT', `/${id}/2`, request),
      goOn: () => call('PUT', `/${id}/3`, { body: anAppointment() }),
    };
  },
  DELETE: async (fault, times) => {
    const { id } = await created(anAppointment({ notes: deactivatedFaulty(fault, times) }));
    const request = keyed({});
    return {
      send: () => call('DELETE', `/${id}/1`, request),
      goOn: () => call('PUT', `/${id}/3`, { body: anAppointment() }),
    };
  },
};

function keyed<T extends object>(request: T): T & { headers: Record<string, string> } {
  return { ...request, headers: { 'idempotency-key': randomUUID() } };
}

function said({ status, json }: Reply) {
  return { status, json };
}

describe.each(Object.entries(writes))('a %s under an Idempotency-Key', (_, write) => {
  it.concurrent.each(Object.keys(faults))(
    'is done once and replayed, whatever went wrong at first: %s',
    async (fault) => {
      const { send, goOn } = await write(fault, 1);
      const first = await send();
      expect(first.status).toBe(200);
      expect(said(await send())).toEqual(said(first));
      expect((await goOn()).status).toBe(200);
      expect(said(await send())).toEqual(said(first));
    },
  );

  it.concurrent('is replayed while the history lags behind a later version', async () => {
    const { send, goOn } = await write('history lags', 5);
    const first = await send();
    await goOn();
    expect(said(await send())).toEqual(said(first));
  });

  it.concurrent('is not known where the history never comes to tell', async () => {
    const { send, goOn } = await write('history lags', always);
    await send();
    await goOn();
    expect(await send()).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
  });
});
