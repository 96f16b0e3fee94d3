import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { type Reply, type RequestOptions, send } from '../support/api.ts';
import { callsAbout } from '../support/dynamodb-recorder.ts';
import { issuedApi } from '../support/issued-api.ts';
import { tableName } from '../support/table.ts';
import { aToken } from '../support/test-issuer.ts';

/** Sends a request to the stack whose DynamoDB calls are recorded. */
async function call(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  return send(method, `${issuedApi}${path}`, { token: await aToken(), ...options });
}

/** Creates an appointment. `calls` returns the DynamoDB calls about it since then. */
async function newAppointment(): Promise<{ id: string; calls: () => Promise<Call[]> }> {
  const { json } = await call('POST', '', { body: anAppointment({ placer_appointment_id: randomUUID() }) });
  const before = (await callsAbout(json.id)).length;
  return { id: json.id, calls: async () => (await callsOf(json.id)).slice(before) };
}

type Call = { operation: string; input: Record<string, unknown> };

async function callsOf(text: string): Promise<Call[]> {
  return (await callsAbout(text)).map(({ operation, body }) => ({ operation, input: JSON.parse(body) }));
}

describe('the DynamoDB calls of an update', () => {
  it.each([
    ['200', 2, 200],
    ['409 for a historic version', 1, 409],
    ['409 for a future version', 7, 409],
  ])('are one UpdateItem: %s', async (_, version, status) => {
    const { id, calls } = await newAppointment();
    expect((await call('PUT', `/${id}/${version}`, { body: anAppointment() })).status).toBe(status);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('are one UpdateItem: 404', async () => {
    const id = randomUUID();
    expect((await call('PUT', `/${id}/2`, { body: anAppointment() })).status).toBe(404);
    expect((await callsOf(id)).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('require the previous version, and return the existing item if the condition fails', async () => {
    const { id, calls } = await newAppointment();
    await call('PUT', `/${id}/2`, { body: anAppointment({ notes: 'n' }) });
    const [update] = await calls();
    expect(update?.input).toMatchObject({
      Key: { appointment_key: { S: `${id}#acme` } },
      ConditionExpression: 'version = :prev',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      UpdateExpression:
        'SET feed_key = :feed, version = :next, appointment = :appointment, updated_at = :now, updating_user_id = :user, deactivated = :false, write_id = :write_id REMOVE cancellation_reason',
      ExpressionAttributeValues: {
        ':prev': { N: '1' },
        ':feed': { S: `${id.charAt(0)}#acme` },
        ':next': { N: '2' },
        ':appointment': { M: expect.objectContaining({ notes: { S: 'n' }, status: { S: 'PENDING' } }) },
        ':user': { S: 'user-1' },
        ':false': { BOOL: false },
      },
    });
  });

  it('have a constant expression, whatever fields are set', async () => {
    const { id, calls } = await newAppointment();
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    await call('PUT', `/${id}/3`, { body: anAppointment({ notes: 'n', patient_deposit_cents: 1 }) });
    const [one, other] = await calls();
    expect(one?.input.UpdateExpression).toBe(other?.input.UpdateExpression);
  });

  it('are one UpdateItem for a replay of the current version, and read the history only for an older version', async () => {
    const { id, calls } = await newAppointment();
    const request = { body: anAppointment(), headers: { 'idempotency-key': randomUUID() } };
    await call('PUT', `/${id}/2`, request);
    await call('PUT', `/${id}/2`, request);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
    await call('PUT', `/${id}/3`, { body: anAppointment() });
    await call('PUT', `/${id}/2`, request);
    const [update, ...reads] = (await calls()).slice(3);
    expect(update?.operation).toBe('UpdateItem');
    // One read, and another one for each 100 ms that the history is late.
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.length).toBeLessThan(20);
    for (const { operation, input } of reads) {
      expect({ operation, consistent: input.ConsistentRead }).toEqual({ operation: 'GetItem', consistent: true });
    }
  });
});

describe('the DynamoDB calls of a create', () => {
  it.each([
    ['200', 0],
    ['409', 1],
  ])('are one UpdateItem: %s', async (status, earlier) => {
    const body = anAppointment({ placer_appointment_id: randomUUID(), patient_id: randomUUID() });
    for (let n = 0; n < earlier; n += 1) await call('POST', '', { body });
    expect((await call('POST', '', { body })).status).toBe(Number(status));
    const calls = (await callsOf(String(body.patient_id))).slice(earlier);
    expect(calls.map(({ operation }) => operation)).toEqual(['UpdateItem']);
    expect(calls[0]?.input).toMatchObject({
      ConditionExpression: 'attribute_not_exists(appointment_key)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });
});

describe('the DynamoDB calls of a create with an Idempotency-Key', () => {
  it('are one UpdateItem each for the create, its replay, and a reuse of the key', async () => {
    const patientId = randomUUID();
    const headers = { 'idempotency-key': randomUUID() };
    const replies = [
      await call('POST', '', { body: anAppointment({ patient_id: patientId }), headers }),
      await call('POST', '', { body: anAppointment({ patient_id: patientId }), headers }),
      await call('POST', '', { body: anAppointment({ patient_id: patientId, notes: 'other' }), headers }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 422]);
    expect((await callsOf(patientId)).map(({ operation }) => operation)).toEqual([
      'UpdateItem',
      'UpdateItem',
      'UpdateItem',
    ]);
  });
});

describe('the DynamoDB calls of a deactivation', () => {
  it.each([
    ['200', 1, 200],
    ['409', 4, 409],
  ])('are one UpdateItem: %s', async (_, version, status) => {
    const { id, calls } = await newAppointment();
    expect((await call('DELETE', `/${id}/${version}`)).status).toBe(status);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('are one UpdateItem: 404', async () => {
    const id = randomUUID();
    expect((await call('DELETE', `/${id}/1`)).status).toBe(404);
    expect((await callsOf(id)).map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  it('are one UpdateItem each for a success and its replay', async () => {
    const { id, calls } = await newAppointment();
    const headers = { 'idempotency-key': randomUUID() };
    for (const _ of ['first', 'again']) expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
  });
});

describe('the DynamoDB calls of a history', () => {
  it('are one GetItem if there is only one version', async () => {
    const { id, calls } = await newAppointment();
    expect((await call('GET', `/${id}/history`)).status).toBe(200);
    expect((await calls()).map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  it('are one GetItem and one Query, both consistent, and more queries only while the history is late', async () => {
    const { id, calls } = await newAppointment();
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

describe('the DynamoDB calls of a scan', () => {
  const scan = `/updates/scan?since=${new Date().toISOString()}`;

  it('are one Query for each shard if nothing has changed', async () => {
    const organization_id = `org-${randomUUID()}`;
    const token = await aToken({ organization_id });
    expect((await call('GET', scan, { token })).status).toBe(200);
    const calls = await callsOf(organization_id);
    expect(shardsOf(calls)).toEqual([...'0123456789abcdef'].map((shard) => `${shard}#${organization_id}`));
    expect(calls.map(({ input }) => input.IndexName)).toEqual(Array(16).fill('updates'));
  });

  it('also include one consistent BatchGetItem if something has changed', async () => {
    const organization_id = `org-${randomUUID()}`;
    const token = await aToken({ organization_id });
    const { json } = await call('POST', '', { token, body: anAppointment() });
    expect((await call('GET', scan, { token })).json).toMatchObject([{ id: json.id }]);
    const [create, ...calls] = await callsOf(organization_id);
    const read = calls.pop();
    expect(create?.operation).toBe('UpdateItem');
    expect(shardsOf(calls)).toHaveLength(16);
    expect(read).toMatchObject({
      operation: 'BatchGetItem',
      input: {
        RequestItems: {
          [await tableName('Appointments')]: {
            Keys: [{ appointment_key: { S: `${json.id}#${organization_id}` } }],
            ConsistentRead: true,
          },
        },
      },
    });
  });

  function shardsOf(calls: readonly Call[]): unknown[] {
    return calls
      .map(({ operation, input }) => {
        expect(operation).toBe('Query');
        return Object(input.ExpressionAttributeValues)[':shard'].S;
      })
      .sort();
  }
});

describe('the DynamoDB calls of a read', () => {
  it('are one consistent GetItem: 200', async () => {
    const { id, calls } = await newAppointment();
    expect((await call('GET', `/${id.toUpperCase()}`)).status).toBe(200);
    expect(await calls()).toEqual([{ operation: 'GetItem', input: expect.objectContaining(getOf(id)) }]);
  });

  it('are one consistent GetItem: 404', async () => {
    const id = randomUUID();
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect(await callsOf(id)).toEqual([{ operation: 'GetItem', input: expect.objectContaining(getOf(id)) }]);
  });

  function getOf(id: string) {
    return { Key: { appointment_key: { S: `${id}#acme` } }, ConsistentRead: true };
  }
});

describe('an invalid request', () => {
  const patientId = randomUUID();
  const body = anAppointment({ patient_id: patientId });
  const text = { 'content-type': 'text/plain' };
  const badKey = { 'idempotency-key': 'a key' };
  const tooLarge = `${JSON.stringify(body)}${' '.repeat(256 * 1024)}`;

  it.each<[number, string, string, string, RequestOptions]>([
    [404, 'GET with an id that is not a UUID', 'GET', `/${patientId}x`, {}],
    [404, 'PUT with an id that is not a UUID', 'PUT', `/${patientId}x/2`, { body }],
    [400, 'PUT with a bad version', 'PUT', `/${patientId}/0`, { body }],
    [400, 'PUT with a bad key', 'PUT', `/${patientId}/2`, { body, headers: badKey }],
    [400, 'PUT with a body that is not JSON', 'PUT', `/${patientId}/2`, { body: `{"patient_id":"${patientId}` }],
    [413, 'PUT with a large body', 'PUT', `/${patientId}/2`, { body: tooLarge }],
    [415, 'PUT with a text body', 'PUT', `/${patientId}/2`, { body, headers: text }],
    [422, 'PUT with a schema violation', 'PUT', `/${patientId}/2`, { body: { ...body, notes: 1 } }],
    [422, 'PUT with a rule violation', 'PUT', `/${patientId}/2`, { body: { ...body, status: 'CHECKED_IN' } }],
    [400, 'POST with a bad key', 'POST', '', { body, headers: badKey }],
    [400, 'POST with a body that is not JSON', 'POST', '', { body: `{"patient_id":"${patientId}` }],
    [413, 'POST with a large body', 'POST', '', { body: tooLarge }],
    [415, 'POST with a text body', 'POST', '', { body, headers: text }],
    [422, 'POST with a schema violation', 'POST', '', { body: { ...body, services: null } }],
    [422, 'POST with a rule violation', 'POST', '', { body: { ...body, status: 'NOT_READY' } }],
  ])('causes no DynamoDB call: %i, %s', async (status, _, method, path, options) => {
    expect((await call(method, path, options)).status).toBe(status);
    expect(await callsAbout(patientId)).toEqual([]);
  });

  it('causes no DynamoDB call: 403', async () => {
    const token = await aToken({ organization_id: 'a b' });
    expect((await call('PUT', `/${patientId}/2`, { token, body })).status).toBe(403);
    expect(await callsAbout(patientId)).toEqual([]);
  });
});
