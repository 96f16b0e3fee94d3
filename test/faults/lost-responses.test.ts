import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { attemptTimeout, retryBudgetMs } from '../../lambda/store/retry-until-definite.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created } from '../support/api.ts';
import { faults } from './faults.ts';
import { always, deactivatedFaulty, faulty } from './faulty.ts';

describe.each(Object.keys(faults))('a write that meets one fault: %s', (fault) => {
  it.concurrent('creates exactly one version', async () => {
    const { status, json } = await call('POST', '', { body: anAppointment({ notes: faulty(fault, 1) }) });
    expect(status).toBe(200);
    const history = await call('GET', `/${json.id}/history`);
    expect(history.json).toEqual([json]);
  });

  it.concurrent('updates exactly once', async () => {
    const { id } = await created(anAppointment());
    const { status, json } = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: faulty(fault, 1) }) });
    expect(status).toBe(200);
    const history = await call('GET', `/${id}/history`);
    expect(history.json.slice(1)).toEqual([json]);
  });

  it.concurrent('deactivates exactly once', async () => {
    // The notes of the create choose the fault of the deactivation.
    const { id } = await created(anAppointment({ notes: faulty(fault, 1) }));
    expect(await call('DELETE', `/${id}/1`)).toMatchObject({ status: 200, text: '' });
    const history = await call('GET', `/${id}/history`);
    expect(history.json).toMatchObject([{ version: 1 }, { version: 2, deactivated: true }]);
  });

  it.concurrent('returns 409 if it is a late deactivation', async () => {
    const { id } = await created(anAppointment({ notes: deactivatedFaulty(fault, 1) }));
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    expect(await call('DELETE', `/${id}/1`)).toMatchObject({ status: 409, json: { content: { latest_version: 2 } } });
  });

  it.concurrent('returns 409 if it is a late update', async () => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const late = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: faulty(fault, 1) }) });
    expect(late).toMatchObject({ status: 409, json: { content: { latest_version: 2 } } });
  });
});

describe('a write that never gets a response', () => {
  it.concurrent('returns 503 when the retry budget and the timeouts of the last attempt have ended', async () => {
    const { id } = await created(anAppointment());
    const notes = faulty('timeout before commit', always);
    const began = Date.now();
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment({ notes }) });
    expect(reply).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
    expect(Date.now() - began).toBeGreaterThan(retryBudgetMs - attemptTimeout.requestTimeout);
    expect(Date.now() - began).toBeLessThan(
      retryBudgetMs + attemptTimeout.connectionTimeout + attemptTimeout.requestTimeout + attemptTimeout.socketTimeout,
    );
  });
});

describe('a write that the network sends twice', () => {
  it.concurrent('happens once and does not conflict with itself', async () => {
    const notes = faulty('sent twice', 1);
    const first = await call('POST', '', { body: anAppointment({ notes }) });
    expect(first).toMatchObject({ status: 200, json: { version: 1 } });
    const { id } = await created(anAppointment());
    const body = anAppointment({ notes: faulty('sent twice', 1) });
    expect(await call('PUT', `/${id}/2`, { body })).toMatchObject({ status: 200, json: { version: 2 } });
    const other = await created(anAppointment({ notes: deactivatedFaulty('sent twice', 1) }));
    expect(await call('DELETE', `/${other.id}/1`)).toMatchObject({ status: 200 });
    expect((await call('GET', `/${other.id}`)).json).toMatchObject({ version: 2, deactivated: true });
  });
});

describe('a lost attempt that may still commit', () => {
  it.concurrent('leads to a 503 if other writers may still make the version that it needs', async () => {
    const { id } = await created(anAppointment());
    const notes = faulty('timeout before commit', 1);
    const ahead = await call('PUT', `/${id}/3`, { body: anAppointment({ notes }) });
    // DynamoDB executes the first attempt after version 2 exists, so it makes version 3.
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    await sleep(1_500);
    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({ version: 3, notes });
    expect(ahead).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
  });

  it.concurrent('leads to a 503, not a 429, if only the history can tell and its reads are throttled', async () => {
    const { id } = await created(anAppointment());
    const notes = faulty('overtaken, history throttled', always);
    const overtaken = call('PUT', `/${id}/2`, { body: anAppointment({ notes }) });
    let next = await call('PUT', `/${id}/3`, { body: anAppointment() });
    while (next.status !== 200) next = await call('PUT', `/${id}/3`, { body: anAppointment() });
    expect(await overtaken).toMatchObject({ status: 503, json: { errorName: 'ServiceUnavailableError' } });
    const { json } = await call('GET', `/${id}/history`);
    expect(json[1]).toMatchObject({ version: 2, notes });
  });
});
