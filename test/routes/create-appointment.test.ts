import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call, created, credentialsOf, organizationOf, type RequestOptions, tokenOf } from '../support/api.ts';
import { expectError } from '../support/expect-error.ts';

describe('POST /appointments/v1', () => {
  it('makes version 1, with an id of the server and the defaults', async () => {
    const { status, headers, json } = await call('POST', '', { body: anAppointment() });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('apigw-requestid')).toMatch(/^[A-Za-z0-9+/]{15}=$/);
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

  it('keeps every field, and a read then answers the same', async () => {
    const sent = aFullAppointment();
    const appointment = await created(sent);
    expect(appointment).toMatchObject(sent);
    expect((await call('GET', `/${appointment.id}`)).json).toEqual(appointment);
  });

  it('stamps it with the time of the server', async () => {
    const before = Date.now();
    const { updated_at } = await created(anAppointment());
    expect(Date.parse(updated_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(updated_at)).toBeLessThanOrEqual(Date.now());
  });

  it('makes another appointment of the same body sent again', async () => {
    expect((await created(anAppointment())).id).not.toBe((await created(anAppointment())).id);
  });

  it('takes null as not set, of fields it does not know too', async () => {
    const json = await created(
      anAppointment({ status: null, notes: null, placer_appointment_id: null, visit_id: null }),
    );
    expect(json.status).toBe('PENDING');
    expect(json).not.toHaveProperty('notes');
    expect(json).not.toHaveProperty('placer_appointment_id');
    expect(json).not.toHaveProperty('visit_id');
  });

  it('ignores what the server owns', async () => {
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

  it('clears what does not belong to the status', async () => {
    const json = await created(anAppointment({ not_ready_reason: 'ERROR', ready_source: 'MANUAL' }));
    expect(json).not.toHaveProperty('not_ready_reason');
    expect(json).not.toHaveProperty('ready_source');
  });

  const tooLarge = `${JSON.stringify(anAppointment())}${' '.repeat(256 * 1024)}`;

  it.each<[string, RequestOptions, number, string]>([
    ['a key with a space', { headers: { 'idempotency-key': 'a key' } }, 400, 'BadRequestError'],
    ['a body over 256 KiB', { body: tooLarge }, 413, 'PayloadTooLargeError'],
    [
      'a form',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'UnsupportedMediaTypeError',
    ],
    ['no JSON', { body: 'patient_id: 1' }, 400, 'BadRequestError'],
    ['an empty object', { body: {} }, 422, 'UnprocessableEntityError'],
    ['a broken rule', { body: anAppointment({ status: 'NOT_READY' }) }, 422, 'UnprocessableEntityError'],
  ])('answers to %s with its error', async (_, options, status, errorName) => {
    expectError(await call('POST', '', { body: anAppointment(), ...options }), status, errorName);
  });
});

describe("a placer's id", () => {
  const placed = (fields: Record<string, unknown> = {}) =>
    anAppointment({ placer_appointment_id: randomUUID(), placer_system_name: 'EHR', ...fields });

  it.each([
    ['with a system', {}],
    ['without a system', { placer_system_name: null }],
    ['of a system without a name', { placer_system_name: '' }],
  ])('%s is used once: the second create is told whose it is', async (_, fields) => {
    const body = placed(fields);
    const { id } = await created(body);
    const second = await call('POST', '', { body: { ...body, patient_id: 'another' } });
    expectError(second, 409, 'VersionConflictError');
    expect(second.json.content).toEqual({ message: expect.any(String), latest_version: 1, data: { id } });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ patient_id: 'patient-1', version: 1 });
  });

  it('tells the version that its appointment has by now', async () => {
    const body = placed();
    const { id } = await created(body);
    await call('PUT', `/${id}/2`, { body });
    const { json } = await call('POST', '', { body });
    expect(json.content).toMatchObject({ latest_version: 2, data: { id } });
  });

  it('is another id in another system, in none, and in another letter case', async () => {
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

  it('is not mixed up with a system whose name ends like it begins', async () => {
    const unique = randomUUID();
    await created(placed({ placer_system_name: 'a', placer_appointment_id: `b","${unique}` }));
    const { status } = await call('POST', '', {
      body: placed({ placer_system_name: 'a","b', placer_appointment_id: unique }),
    });
    expect(status).toBe(200);
  });

  it('is used once in each organization', async () => {
    const body = placed();
    const mine = await created(body);
    const theirs = await call('POST', '', { token: await tokenOf('globex'), body });
    expect(theirs.status).toBe(200);
    expect(theirs.json.id).not.toBe(mine.id);
  });

  it('goes to exactly one of twenty concurrent creates', async () => {
    const body = placed();
    const replies = await Promise.all(Array.from({ length: 20 }, () => call('POST', '', { body })));
    const winners = replies.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const reply of replies.filter((reply) => reply !== winners[0])) {
      expectError(reply, 409, 'VersionConflictError');
      expect(reply.json.content).toMatchObject({ latest_version: 1, data: { id: winners[0]?.json.id } });
    }
  });

  it('is not freed by an update that leaves it out', async () => {
    const body = placed();
    const { id } = await created(body);
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const second = await call('POST', '', { body });
    expectError(second, 409, 'VersionConflictError');
    expect(second.json.content).toMatchObject({ latest_version: 2, data: { id } });
  });

  it('is not claimed by an update that names it', async () => {
    const body = placed();
    const { id } = await created(anAppointment());
    expect((await call('PUT', `/${id}/2`, { body })).status).toBe(200);
    expect((await created(body)).id).not.toBe(id);
  });
});

describe('Idempotency-Key on a create', () => {
  const withKey = (key: string, body: unknown) => ({ body, headers: { 'idempotency-key': key } });

  it('answers a repeated create as the first time', async () => {
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const first = await call('POST', '', request);
    const second = await call('POST', '', request);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json).toEqual(first.json);
  });

  it('answers it as the first time after later versions too', async () => {
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const first = await call('POST', '', request);
    await call('PUT', `/${first.json.id}/2`, { body: anAppointment() });
    const repeated = await call('POST', '', request);
    expect(repeated.status).toBe(200);
    expect(repeated.json).toEqual(first.json);
  });

  it('answers it as the first time after a deactivation too', async () => {
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const first = await call('POST', '', request);
    expect((await call('DELETE', `/${first.json.id}/1`)).status).toBe(200);
    const repeated = await call('POST', '', request);
    expect({ status: repeated.status, json: repeated.json }).toEqual({ status: 200, json: first.json });
  });

  it('answers 422 to another body, before and after a later version', async () => {
    const key = randomUUID();
    const { json } = await call('POST', '', withKey(key, anAppointment()));
    const other = withKey(key, anAppointment({ notes: 'other' }));
    expectError(await call('POST', '', other), 422, 'IdempotencyKeyReuseError');
    // What the current version says does not count: the key belongs to the first.
    await call('PUT', `/${json.id}/2`, { body: anAppointment({ notes: 'other' }) });
    expectError(await call('POST', '', other), 422, 'IdempotencyKeyReuseError');
  });

  it('makes one appointment of a hundred concurrent repeats', async () => {
    const request = withKey(randomUUID(), anAppointment());
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('POST', '', request)));
    for (const { status, json } of replies) expect({ status, json }).toEqual({ status: 200, json: replies[0]?.json });
  });

  it('is a key of its own in each organization, and differs by letter case', async () => {
    const key = `key-${randomUUID()}`;
    const ids = [
      await call('POST', '', withKey(key, anAppointment())),
      await call('POST', '', { token: await tokenOf('globex'), ...withKey(key, anAppointment()) }),
      await call('POST', '', withKey(key.toUpperCase(), anAppointment())),
    ].map(({ json }) => json.id);
    expect(new Set(ids).size).toBe(3);
  });

  it("is not looked at where a placer's id is given", async () => {
    const key = randomUUID();
    const body = anAppointment({ placer_appointment_id: randomUUID() });
    const { json } = await call('POST', '', withKey(key, body));
    const repeated = await call('POST', '', withKey(key, body));
    expectError(repeated, 409, 'VersionConflictError');
    expect(repeated.json.content).toMatchObject({ latest_version: 1, data: { id: json.id } });
    // Nor used up: without a placer's id it makes another appointment.
    expect((await call('POST', '', withKey(key, anAppointment()))).status).toBe(200);
  });

  it('replays no refusal', async () => {
    const key = randomUUID();
    expectError(await call('POST', '', withKey(key, {})), 422, 'UnprocessableEntityError');
    expect((await call('POST', '', withKey(key, anAppointment()))).status).toBe(200);
  });
});
