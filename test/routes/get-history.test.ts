import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, tokenOf } from '../support/api.ts';

type Version = { version: number; notes?: string; deactivated: boolean };

describe('GET /appointments/v1/{id}/history', () => {
  it('returns every version, oldest first, including the current one', async () => {
    const { id } = await created(anAppointment({ notes: 'one' }));
    await call('PUT', `/${id}/2`, { body: anAppointment({ notes: 'two' }) });
    await call('DELETE', `/${id}/2`);
    await call('PUT', `/${id}/4`, { body: anAppointment({ notes: 'four' }) });
    const { status, json } = await call('GET', `/${id}/history`);
    expect(status).toBe(200);
    expect(json.map(({ version, notes, deactivated }: Version) => [version, notes, deactivated])).toEqual([
      [1, 'one', false],
      [2, 'two', false],
      [3, 'two', true],
      [4, 'four', false],
    ]);
    expect(json[3]).toEqual((await call('GET', `/${id}`)).json);
  });

  it('returns each version as its write returned it', async () => {
    const first = await created(anAppointment({ notes: 'one' }));
    const second = await call('PUT', `/${first.id}/2`, { body: anAppointment() });
    const { json } = await call('GET', `/${first.id}/history`);
    expect(json).toEqual([first, second.json]);
  });

  it('has no gap, even immediately after an update', async () => {
    const { id } = await created(anAppointment());
    for (let version = 2; version <= 30; version += 1) {
      await call('PUT', `/${id}/${version}`, { body: anAppointment() });
      const { status, json } = await call('GET', `/${id}/history`);
      expect(status).toBe(200);
      expect(json.map((each: Version) => each.version)).toEqual(Array.from({ length: version }, (_, n) => n + 1));
    }
  });

  it('returns 300 versions of 8 KB each in one response', async () => {
    const { id } = await created(anAppointment());
    const notes = 'n'.repeat(8_000);
    for (let version = 2; version <= 300; version += 1) {
      await call('PUT', `/${id}/${version}`, { body: anAppointment({ notes }) });
    }
    const { json } = await call('GET', `/${id}/history`);
    expect(json.map((each: Version) => each.version)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  });

  it('returns 413 if the JSON, including its escapes, is larger than 5 MB', async () => {
    const { id } = await created(anAppointment());
    const notes = '"'.repeat(110_000);
    for (let version = 2; version <= 26; version += 1) {
      await call('PUT', `/${id}/${version}`, { body: anAppointment({ notes }) });
    }
    const { status, json } = await call('GET', `/${id}/history`);
    expect(status).toBe(413);
    expect(json.errorName).toBe('PayloadTooLargeError');
  });

  it('returns the same 404 for an unknown id and for another organization', async () => {
    const { id } = await created(anAppointment());
    const unknown = await call('GET', `/${randomUUID()}/history`);
    const foreign = await call('GET', `/${id}/history`, { token: await tokenOf('globex') });
    expect(unknown.status).toBe(404);
    expect([foreign.status, foreign.text]).toEqual([unknown.status, unknown.text]);
  });
});
