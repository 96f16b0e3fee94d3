import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call, created, tokenOf } from '../support/api.ts';
import { expectError, expectGatewayError, requestId } from '../support/expect-error.ts';

describe('GET /appointments/v1/{id}', () => {
  it('returns the current version', async () => {
    const { id } = await created(anAppointment());
    for (const version of [2, 3]) {
      const update = await call('PUT', `/${id}/${version}`, { body: anAppointment({ notes: `version ${version}` }) });
      const read = await call('GET', `/${id}`);
      expect(read.status).toBe(200);
      expect(read.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(read.headers.get('apigw-requestid')).toMatch(requestId);
      expect(read.json).toEqual(update.json);
    }
  });

  it('returns every write as soon as its response has arrived', async () => {
    const { id } = await created(anAppointment());
    for (let version = 2; version < 30; version += 1) {
      await call('PUT', `/${id}/${version}`, { body: anAppointment() });
      expect((await call('GET', `/${id}`)).json.version).toBe(version);
    }
  });

  it('omits fields that are not set', async () => {
    const { id } = await created(aFullAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    expect((await call('GET', `/${id}`)).text).not.toContain('null');
  });

  it('accepts the id in uppercase', async () => {
    const appointment = await created(anAppointment());
    expect((await call('GET', `/${appointment.id.toUpperCase()}`)).json).toEqual(appointment);
  });

  it('allows a client with only the read scope', async () => {
    const appointment = await created(anAppointment());
    const { status, json } = await call('GET', `/${appointment.id}`, { token: await tokenOf('viewer') });
    expect({ status, json }).toEqual({ status: 200, json: appointment });
  });

  it('ignores the query and the content-type', async () => {
    const appointment = await created(anAppointment());
    for (const headers of [{ 'content-type': 'application/json' }, { 'content-type': 'text/plain' }]) {
      expect((await call('GET', `/${appointment.id}?version=2&a=%zz`, { headers })).json).toEqual(appointment);
    }
  });

  it('returns 400 for a query that is not UTF-8, like the other GET routes', async () => {
    for (const path of [`/${randomUUID()}`, `/${randomUUID()}/history`, '/updates/scan']) {
      expectError(await call('GET', `${path}?a=%ff`), 400, 'BadRequestError');
    }
  });

  it.each([
    ['an unknown id', randomUUID()],
    ['the nil UUID', '00000000-0000-0000-0000-000000000000'],
    ['a word', 'updates'],
    ['a UUID without hyphens', randomUUID().replaceAll('-', '')],
    ['a UUID in braces', `{${randomUUID()}}`],
    ['a UUID and a space', `${randomUUID()}%20`],
    ['a UUID and a line feed', `${randomUUID()}%0A`],
    ['the separator of keys', '%23'],
  ])('returns 404 for %s', async (_, id) => {
    expectError(await call('GET', `/${id}`), 404, 'NotFoundError');
  });

  it.each([
    ['GET', '/'],
    ['GET', `/${randomUUID()}/`],
    ['GET', `/${randomUUID()}/1`],
    ['GET', `/${randomUUID()}%2F1`],
    ['GET', '/visits/counts'],
    ['POST', `/${randomUUID()}`],
    ['PATCH', `/${randomUUID()}/2`],
    ['PUT', `/${randomUUID()}`],
  ])('returns the gateway’s 404 for an unknown route: %s %s', async (method, path) => {
    expectGatewayError(await call(method, path), 404, 'Not Found');
  });
});
