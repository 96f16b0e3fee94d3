import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { type Reply, type RequestOptions, send } from '../support/api.ts';
import { callsAbout } from '../support/dynamodb-recorder.ts';
import { issuedApi } from '../support/issued-api.ts';
import { aToken } from '../support/test-issuer.ts';

/** A request to the stack behind the recorder. */
async function call(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  return send(method, `${issuedApi}${path}`, { token: await aToken(), ...options });
}

/** An appointment, and what the store is asked about it from now on. */
async function created(): Promise<{ id: string; calls: () => Promise<Call[]> }> {
  const { json } = await call('POST', '', { body: anAppointment({ placer_appointment_id: randomUUID() }) });
  const before = (await callsAbout(json.id)).length;
  return { id: json.id, calls: async () => (await callsOf(json.id)).slice(before) };
}

type Call = { operation: string; input: Record<string, unknown> };

async function callsOf(text: string): Promise<Call[]> {
  return (await callsAbout(text)).map(({ operation, body }) => ({ operation, input: JSON.parse(body) }));
}

describe('an update', () => {
  it.each([
    ['200', 2, 200],
    ['409 for a historic version', 1, 409],
    ['409 for a future version', 7, 409],
  ])('asks the store once: %s', async (_, version, status) => {
    const { id, calls } = await created();
    expect((await call('PUT', `/${id}/${version}`, { body: anAppointment() })).status).toBe(status);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('asks the store once: 404', async () => {
    const id = randomUUID();
    expect((await call('PUT', `/${id}/2`, { body: anAppointment() })).status).toBe(404);
    expect((await callsOf(id)).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('is one UpdateItem under the condition of the previous version, and is told what stood there', async () => {
    const { id, calls } = await created();
    await call('PUT', `/${id}/2`, { body: anAppointment({ notes: 'n' }) });
    const [update] = await calls();
    expect(update?.input).toMatchObject({
      Key: { organization_id: { S: 'acme' }, id: { S: id } },
      ConditionExpression: 'version = :prev',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      UpdateExpression:
        'SET version = :next, appointment = :appointment, updated_at = :now, updating_user_id = :user, deactivated = :false, write_id = :write_id REMOVE cancellation_reason',
      ExpressionAttributeValues: {
        ':prev': { N: '1' },
        ':next': { N: '2' },
        ':appointment': { M: expect.objectContaining({ notes: { S: 'n' }, status: { S: 'PENDING' } }) },
        ':user': { S: 'user-1' },
        ':false': { BOOL: false },
      },
    });
  });

  it('asks with a constant expression, whatever is set', async () => {
    const { id, calls } = await created();
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    await call('PUT', `/${id}/3`, { body: anAppointment({ notes: 'n', patient_deposit_cents: 1 }) });
    const [one, other] = await calls();
    expect(one?.input.UpdateExpression).toBe(other?.input.UpdateExpression);
  });

  it('asks once for the replay of the current version, and reads the history only for an older one', async () => {
    const { id, calls } = await created();
    const request = { body: anAppointment(), headers: { 'idempotency-key': randomUUID() } };
    await call('PUT', `/${id}/2`, request);
    await call('PUT', `/${id}/2`, request);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
    await call('PUT', `/${id}/3`, { body: anAppointment() });
    await call('PUT', `/${id}/2`, request);
    const [update, ...reads] = (await calls()).slice(3);
    expect(update?.operation).toBe('UpdateItem');
    // One, and one more for each tenth of a second that the history is late.
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.length).toBeLessThan(20);
    for (const { operation, input } of reads) {
      expect({ operation, consistent: input.ConsistentRead }).toEqual({ operation: 'GetItem', consistent: true });
    }
  });
});

describe('a create', () => {
  it.each([
    ['200', 0],
    ['409', 1],
  ])('asks the store once: %s', async (status, earlier) => {
    const body = anAppointment({ placer_appointment_id: randomUUID(), patient_id: randomUUID() });
    for (let n = 0; n < earlier; n += 1) await call('POST', '', { body });
    expect((await call('POST', '', { body })).status).toBe(Number(status));
    const calls = (await callsOf(String(body.patient_id))).slice(earlier);
    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem']);
    expect(calls[0]?.input).toMatchObject({
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });
});

describe('a create under an Idempotency-Key', () => {
  it('asks the store once more for the replay, and for a reuse', async () => {
    const mark = randomUUID();
    const headers = { 'idempotency-key': randomUUID() };
    const replies = [
      await call('POST', '', { body: anAppointment({ patient_id: mark }), headers }),
      await call('POST', '', { body: anAppointment({ patient_id: mark }), headers }),
      await call('POST', '', { body: anAppointment({ patient_id: mark, notes: 'other' }), headers }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 422]);
    expect((await callsOf(mark)).map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem']);
  });
});

describe('a deactivation', () => {
  it.each([
    ['200', 1, 200],
    ['409', 4, 409],
  ])('asks the store once: %s', async (_, version, status) => {
    const { id, calls } = await created();
    expect((await call('DELETE', `/${id}/${version}`)).status).toBe(status);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('asks the store once: 404', async () => {
    const id = randomUUID();
    expect((await call('DELETE', `/${id}/1`)).status).toBe(404);
    expect((await callsOf(id)).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('asks once for each of a success and its replay', async () => {
    const { id, calls } = await created();
    const headers = { 'idempotency-key': randomUUID() };
    for (const _ of ['first', 'again']) expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
  });
});

describe('a history', () => {
  it('of one version is the current one: one read', async () => {
    const { id, calls } = await created();
    expect((await call('GET', `/${id}/history`)).status).toBe(200);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  it('of more is one read and one query, consistent both, and more only while it is late', async () => {
    const { id, calls } = await created();
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    expect((await call('GET', `/${id}/history`)).status).toBe(200);
    const [, get, ...queries] = await calls();
    expect(get?.operation).toBe('GetItem');
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.length).toBeLessThan(20);
    for (const { operation, input } of [get, ...queries].filter((each) => each !== undefined)) {
      expect(operation).toMatch(/^(GetItem|Query)$/);
      expect(input.ConsistentRead).toBe(true);
    }
  });
});

describe('a scan', () => {
  it('of a page is one query of the index', async () => {
    const organization_id = `org-${randomUUID()}`;
    const token = await aToken({ organization_id });
    expect((await call('GET', `/updates/scan?since=${new Date().toISOString()}`, { token })).status).toBe(200);
    const [query, ...others] = await callsOf(organization_id);
    expect(query).toMatchObject({ operation: 'Query', input: { IndexName: 'updates' } });
    expect(others).toEqual([]);
  });
});

describe('a read', () => {
  it('asks the store once, consistently: 200', async () => {
    const { id, calls } = await created();
    expect((await call('GET', `/${id.toUpperCase()}`)).status).toBe(200);
    expect(await calls()).toEqual([{ operation: 'GetItem', input: expect.objectContaining(getOf(id)) }]);
  });

  it('asks the store once, consistently: 404', async () => {
    const id = randomUUID();
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect(await callsOf(id)).toEqual([{ operation: 'GetItem', input: expect.objectContaining(getOf(id)) }]);
  });

  function getOf(id: string) {
    return { Key: { organization_id: { S: 'acme' }, id: { S: id } }, ConsistentRead: true };
  }
});

describe('a request that is refused', () => {
  const mark = randomUUID();
  const body = anAppointment({ patient_id: mark });
  const text = { 'content-type': 'text/plain' };
  const badKey = { 'idempotency-key': 'a key' };
  const tooLarge = `${JSON.stringify(body)}${' '.repeat(256 * 1024)}`;

  it.each<[number, string, string, string, RequestOptions]>([
    [404, 'GET an id that is no UUID', 'GET', `/${mark}x`, {}],
    [404, 'PUT an id that is no UUID', 'PUT', `/${mark}x/2`, { body }],
    [400, 'PUT a bad version', 'PUT', `/${mark}/0`, { body }],
    [400, 'PUT a bad key', 'PUT', `/${mark}/2`, { body, headers: badKey }],
    [400, 'PUT no JSON', 'PUT', `/${mark}/2`, { body: `{"patient_id":"${mark}` }],
    [413, 'PUT a large body', 'PUT', `/${mark}/2`, { body: tooLarge }],
    [415, 'PUT text', 'PUT', `/${mark}/2`, { body, headers: text }],
    [422, 'PUT a broken schema', 'PUT', `/${mark}/2`, { body: { ...body, notes: 1 } }],
    [422, 'PUT a broken rule', 'PUT', `/${mark}/2`, { body: { ...body, status: 'CHECKED_IN' } }],
    [400, 'POST a bad key', 'POST', '', { body, headers: badKey }],
    [400, 'POST no JSON', 'POST', '', { body: `{"patient_id":"${mark}` }],
    [413, 'POST a large body', 'POST', '', { body: tooLarge }],
    [415, 'POST text', 'POST', '', { body, headers: text }],
    [422, 'POST a broken schema', 'POST', '', { body: { ...body, services: null } }],
    [422, 'POST a broken rule', 'POST', '', { body: { ...body, status: 'NOT_READY' } }],
  ])('never reaches the store: %i, %s', async (status, _, method, path, options) => {
    expect((await call(method, path, options)).status).toBe(status);
    expect(await callsAbout(mark)).toEqual([]);
  });

  it('never reaches the store: 403', async () => {
    const token = await aToken({ organization_id: 'a b' });
    expect((await call('PUT', `/${mark}/2`, { token, body })).status).toBe(403);
    expect(await callsAbout(mark)).toEqual([]);
  });
});
