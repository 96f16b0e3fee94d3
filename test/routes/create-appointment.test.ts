import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call, created, credentialsOf, organizationOf, type RequestOptions, tokenOf } from '../support/api.ts';
import { expectError, requestId } from '../support/expect-error.ts';

describe('POST /appointments/v1', () => {
  it('creates version 1 with a generated id and the defaults', async () => {
    const { status, headers, json } = await call('POST', '', { body: anAppointment() });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('apigw-requestid')).toMatch(requestId);
    expect(json).toEqual({
      ...anAppointment(),
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      organization_id: organizationOf('acme'),
      status: 'PENDING',
      version: 1,
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updating_user_id: credentialsOf('acme').id,
      deactivated: false,
    });
  });

  it('stores every field, and a read returns the same appointment', async () => {
    const sent = aFullAppointment();
    const appointment = await created(sent);
    expect(appointment).toMatchObject(sent);
    expect((await call('GET', `/${appointment.id}`)).json).toEqual(appointment);
  });

  it('sets updated_at to the server’s time', async () => {
    const before = Date.now();
    const { updated_at } = await created(anAppointment());
    expect(Date.parse(updated_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(updated_at)).toBeLessThanOrEqual(Date.now());
  });

  it('creates a second appointment if the same body is sent again', async () => {
    expect((await created(anAppointment())).id).not.toBe((await created(anAppointment())).id);
  });

  it('treats null as not set, even for an unknown field', async () => {
    const json = await created(
      anAppointment({ status: null, notes: null, placer_appointment_id: null, visit_id: null }),
    );
    expect(json.status).toBe('PENDING');
    expect(json).not.toHaveProperty('notes');
    expect(json).not.toHaveProperty('placer_appointment_id');
    expect(json).not.toHaveProperty('visit_id');
  });

  it('ignores server-owned fields', async () => {
    const id = randomUUID();
    const owned = {
      id,
      organization_id: 'globex',
      version: 9,
      updated_at: 'x',
      updating_user_id: 'x',
      deactivated: true,
    };
    const json = await created(anAppointment(owned));
    expect(json).toMatchObject({
      organization_id: organizationOf('acme'),
      version: 1,
      updating_user_id: credentialsOf('acme').id,
      deactivated: false,
    });
    expect(json.id).not.toBe(id);
  });

  it('clears fields that the status does not keep', async () => {
    const json = await created(anAppointment({ not_ready_reason: 'ERROR', ready_source: 'MANUAL' }));
    expect(json).not.toHaveProperty('not_ready_reason');
    expect(json).not.toHaveProperty('ready_source');
  });

  const tooLarge = `${JSON.stringify(anAppointment())}${' '.repeat(256 * 1024)}`;

  it.each<[number, string, string, RequestOptions]>([
    [400, 'BadRequestError', 'an Idempotency-Key with a space', { headers: { 'idempotency-key': 'a key' } }],
    [413, 'PayloadTooLargeError', 'a body over 256 KiB', { body: tooLarge }],
    [
      415,
      'UnsupportedMediaTypeError',
      'a form',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [400, 'BadRequestError', 'a body that is not JSON', { body: 'patient_id: 1' }],
    [422, 'UnprocessableEntityError', 'an empty object', { body: {} }],
    [422, 'UnprocessableEntityError', 'a violated status rule', { body: anAppointment({ status: 'NOT_READY' }) }],
  ])('returns %i %s for %s', async (status, errorName, _, options) => {
    expectError(await call('POST', '', { body: anAppointment(), ...options }), status, errorName);
  });
});

describe('a placer_appointment_id', () => {
  const placed = (fields: Record<string, unknown> = {}) =>
    anAppointment({ placer_appointment_id: randomUUID(), placer_system_name: 'EHR', ...fields });

  it.each([
    ['with a system name', {}],
    ['without a system name', { placer_system_name: null }],
    ['with an empty system name', { placer_system_name: '' }],
  ])('%s can be used once: a second create returns 409 with the id of the first appointment', async (_, fields) => {
    const body = placed(fields);
    const { id } = await created(body);
    const second = await call('POST', '', { body: { ...body, patient_id: 'another' } });
    expectError(second, 409, 'VersionConflictError');
    expect(second.json.content).toEqual({ message: expect.any(String), latest_version: 1, data: { id } });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ patient_id: 'patient-1', version: 1 });
  });

  it('returns the latest version of its appointment with the 409', async () => {
    const body = placed();
    const { id } = await created(body);
    await call('PUT', `/${id}/2`, { body });
    const { json } = await call('POST', '', { body });
    expect(json.content).toMatchObject({ latest_version: 2, data: { id } });
  });

  it('is a different id with another system name, without one, and in another letter case', async () => {
    const placer_appointment_id = `id-${randomUUID()}`;
    for (const fields of [
      { placer_system_name: 'EHR' },
      { placer_system_name: 'ehr' },
      { placer_system_name: '' },
      { placer_system_name: null },
      { placer_appointment_id: placer_appointment_id.toUpperCase() },
    ]) {
      const { status } = await call('POST', '', { body: placed({ placer_appointment_id, ...fields }) });
      expect({ fields, status }).toEqual({ fields, status: 200 });
    }
  });

  it('is not confused with another pair of system name and id that joins to the same text', async () => {
    const unique = randomUUID();
    await created(placed({ placer_system_name: 'a', placer_appointment_id: `b","${unique}` }));
    const { status } = await call('POST', '', {
      body: placed({ placer_system_name: 'a","b', placer_appointment_id: unique }),
    });
    expect(status).toBe(200);
  });

  it('can be used once in each organization', async () => {
    const body = placed();
    const mine = await created(body);
    const theirs = await call('POST', '', { token: await tokenOf('globex'), body });
    expect(theirs.status).toBe(200);
    expect(theirs.json.id).not.toBe(mine.id);
  });

  it('lets exactly one of twenty concurrent creates win', async () => {
    const body = placed();
    const replies = await Promise.all(Array.from({ length: 20 }, () => call('POST', '', { body })));
    const winners = replies.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const reply of replies.filter((reply) => reply !== winners[0])) {
      expectError(reply, 409, 'VersionConflictError');
      expect(reply.json.content).toMatchObject({ latest_version: 1, data: { id: winners[0]?.json.id } });
    }
  });

  it('stays taken after an update that leaves it out', async () => {
    const body = placed();
    const { id } = await created(body);
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const second = await call('POST', '', { body });
    expectError(second, 409, 'VersionConflictError');
    expect(second.json.content).toMatchObject({ latest_version: 2, data: { id } });
  });

  it('is not taken by an update that sets it', async () => {
    const body = placed();
    const { id } = await created(anAppointment());
    expect((await call('PUT', `/${id}/2`, { body })).status).toBe(200);
    expect((await created(body)).id).not.toBe(id);
  });
});

describe('Idempotency-Key on a create', () => {
  const withKey = (key: string, body: unknown) => ({ body, headers: { 'idempotency-key': key } });

  it('returns the first response to a retry', async () => {
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const first = await call('POST', '', request);
    const second = await call('POST', '', request);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json).toEqual(first.json);
  });

  it('returns the first response to a retry, even after later versions', async () => {
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const first = await call('POST', '', request);
    await call('PUT', `/${first.json.id}/2`, { body: anAppointment() });
    const retry = await call('POST', '', request);
    expect(retry.status).toBe(200);
    expect(retry.json).toEqual(first.json);
  });

  it('returns the first response to a retry, even after a deactivation', async () => {
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const first = await call('POST', '', request);
    expect((await call('DELETE', `/${first.json.id}/1`)).status).toBe(200);
    const retry = await call('POST', '', request);
    expect({ status: retry.status, json: retry.json }).toEqual({ status: 200, json: first.json });
  });

  it('returns 422 for a different body, before and after a later version', async () => {
    const key = randomUUID();
    const { json } = await call('POST', '', withKey(key, anAppointment()));
    const other = withKey(key, anAppointment({ notes: 'other' }));
    expectError(await call('POST', '', other), 422, 'IdempotencyKeyReuseError');
    // Even if the current version has this body: the key belongs to the body of the create.
    await call('PUT', `/${json.id}/2`, { body: anAppointment({ notes: 'other' }) });
    expectError(await call('POST', '', other), 422, 'IdempotencyKeyReuseError');
  });

  it('creates one appointment for a hundred concurrent retries', async () => {
    const request = withKey(randomUUID(), anAppointment());
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('POST', '', request)));
    for (const { status, json } of replies) expect({ status, json }).toEqual({ status: 200, json: replies[0]?.json });
  });

  it('is scoped to the organization, and is case-sensitive', async () => {
    const key = `key-${randomUUID()}`;
    const ids = [
      await call('POST', '', withKey(key, anAppointment())),
      await call('POST', '', { token: await tokenOf('globex'), ...withKey(key, anAppointment()) }),
      await call('POST', '', withKey(key.toUpperCase(), anAppointment())),
    ].map(({ json }) => json.id);
    expect(new Set(ids).size).toBe(3);
  });

  it('is ignored if the body has a placer_appointment_id', async () => {
    const key = randomUUID();
    const body = anAppointment({ placer_appointment_id: randomUUID() });
    const { json } = await call('POST', '', withKey(key, body));
    const retry = await call('POST', '', withKey(key, body));
    expectError(retry, 409, 'VersionConflictError');
    expect(retry.json.content).toMatchObject({ latest_version: 1, data: { id: json.id } });
    // The key is still unused: without a placer id it creates another appointment.
    expect((await call('POST', '', withKey(key, anAppointment()))).status).toBe(200);
  });

  it('does not replay an error', async () => {
    const key = randomUUID();
    expectError(await call('POST', '', withKey(key, {})), 422, 'UnprocessableEntityError');
    expect((await call('POST', '', withKey(key, anAppointment()))).status).toBe(200);
  });
});
