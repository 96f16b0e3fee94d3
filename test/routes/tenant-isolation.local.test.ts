import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { appointmentKey } from '../../lambda/store/keys.ts';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call, created, type Reply, send, tokenOf } from '../support/api.ts';
import { callsAbout } from '../support/dynamodb-recorder.ts';
import { expectError } from '../support/expect-error.ts';
import { issuedApi } from '../support/issued-api.ts';
import { guardedRoutes } from '../support/template.ts';
import { aToken, type Claims } from '../support/test-issuer.ts';

/** Everything in a response that a client can compare. */
function visible({ status, headers, text }: Reply) {
  const differsEachTime = new Set(['apigw-requestid', 'date']);
  return { status, text, headers: [...headers].filter(([name]) => !differsEachTime.has(name)) };
}

/** The recorded DynamoDB operations on the items of an appointment. */
async function operationsOn(id: string): Promise<string[]> {
  const calls = await callsAbout(appointmentKey('', id));
  return calls.map(({ operation }) => operation);
}

/** Every route that has an id, for an appointment at version 3. */
const requests: [string, string, string][] = [
  ['a read', 'GET', ''],
  ['a read of its history', 'GET', '/history'],
  ['an update to the first version', 'PUT', '/1'],
  ['an update to a historic version', 'PUT', '/2'],
  ['an update to the current version', 'PUT', '/3'],
  ['an update to the next version', 'PUT', '/4'],
  ['an update to a future version', 'PUT', '/9'],
  ['a deactivation of a historic version', 'DELETE', '/2'],
  ['a deactivation of the current version', 'DELETE', '/3'],
  ['a deactivation of a future version', 'DELETE', '/9'],
];

describe("another organization's appointment", () => {
  it('is requested in this suite through every route that has an id', () => {
    const requested = requests.map(
      ([, method, path]) => `${method} /appointments/v1/{id}${path.replace(/\d+/, '{version}')}`,
    );
    const routes = guardedRoutes.map(({ routeKey }) => routeKey).filter((routeKey) => routeKey.includes('{id}'));
    expect([...new Set(requested)].toSorted()).toEqual(routes.toSorted());
  });

  it.each(requests)('returns the same response as an unknown appointment to %s', async (_, method, version) => {
    const { id } = await created(aFullAppointment());
    for (const next of [2, 3]) await call('PUT', `/${id}/${next}`, { body: anAppointment() });
    const before = await call('GET', `/${id}`);
    const globex = { token: await tokenOf('globex'), ...(method === 'PUT' && { body: aFullAppointment() }) };

    const foreign = await call(method, `/${id}${version}`, globex);
    const unknown = await call(method, `/${randomUUID()}${version}`, globex);

    expectError(foreign, 404, 'NotFoundError');
    expect(visible(foreign)).toEqual(visible(unknown));
    expect((await call('GET', `/${id}`)).json).toEqual(before.json);
  });

  it.each(requests)('causes the same DynamoDB calls as an unknown appointment for %s', async (_, method, version) => {
    const { id } = await created(aFullAppointment());
    const unknown = randomUUID();
    const globex = {
      token: await aToken({ organization_id: `org-${randomUUID()}` }),
      ...(method === 'PUT' && { body: aFullAppointment() }),
    };
    for (const each of [id, unknown]) await send(method, `${issuedApi}/${each}${version}`, globex);
    expect(await operationsOn(id)).toEqual(await operationsOn(unknown));
    expect(await operationsOn(unknown)).toHaveLength(1);
  });

  const verbs = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];
  const paths = ['', '/1', '/3', '/4', '/history', '/history/1'];
  it.each(verbs.flatMap((verb) => paths.map((path) => [verb, path])))(
    'returns the same response as an unknown appointment, after the same DynamoDB calls: %s {id}%s',
    async (method, path) => {
      const { id } = await created(aFullAppointment());
      const unknown = randomUUID();
      const token = await aToken({ organization_id: `org-${randomUUID()}` });
      const headers = { 'idempotency-key': randomUUID() };
      for (const body of [aFullAppointment(), anAppointment({ services: id })]) {
        const options = { token, headers, ...(!['GET', 'HEAD'].includes(method) && { body }) };
        const foreign = await send(method, `${issuedApi}/${id}${path}`, options);
        expect(foreign.status).toBeGreaterThanOrEqual(400);
        expect(visible(foreign)).toEqual(visible(await send(method, `${issuedApi}/${unknown}${path}`, options)));
      }
      expect(await operationsOn(id)).toEqual(await operationsOn(unknown));
    },
  );

  it('is not in a scan', async () => {
    const since = new Date(Date.now() - 1_000).toISOString();
    const { id } = await created(anAppointment());
    const { text } = await call('GET', `/updates/scan?since=${since}`, { token: await tokenOf('globex') });
    expect(text).not.toContain(id);
  });

  it('is not found even with the Idempotency-Key that created it', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const mine = await call('POST', '', { body: anAppointment(), headers });
    await call('PUT', `/${mine.json.id}/2`, { body: anAppointment(), headers });
    const globex = { token: await tokenOf('globex'), body: anAppointment(), headers };
    expectError(await call('PUT', `/${mine.json.id}/2`, globex), 404, 'NotFoundError');
    expect((await call('POST', '', globex)).json.id).not.toBe(mine.json.id);
  });
});

describe('the organization', () => {
  it('comes only from the token: body, headers, and query cannot change it', async () => {
    const mine = await created(anAppointment());
    const globex = {
      token: await tokenOf('globex'),
      headers: { 'x-organization-id': 'acme', organization_id: 'acme', 'x-amzn-request-context': '{"authorizer":{}}' },
    };
    const query = '?organization_id=acme&claims.organization_id=acme';
    const body = anAppointment({ organization_id: 'acme', updating_user_id: 'acme' });
    const { json } = await call('POST', '', { ...globex, body });
    expect(json).toMatchObject({ organization_id: 'client:globex', updating_user_id: 'globex' });
    expectError(await call('GET', `/${mine.id}${query}`, globex), 404, 'NotFoundError');
    expectError(await call('PUT', `/${mine.id}/2`, { ...globex, body }), 404, 'NotFoundError');
    expectError(await call('PUT', `/${mine.id}/2${query}`, { ...globex, body }), 400, 'BadRequestError');
  });

  it('is shared by all clients whose tokens name it', async () => {
    const appointment = await created(anAppointment());
    const { json } = await call('GET', `/${appointment.id}`, { token: await tokenOf('viewer') });
    expect(json).toEqual(appointment);
  });
});

describe('the claims of a verified token', () => {
  const create = async (claims: Claims, body = anAppointment()) =>
    send('POST', issuedApi, { token: await aToken(claims), body });

  it.each([
    ['organization_id', { organization_id: 'Org.1_x-Y' }, 'Org.1_x-Y'],
    ['an organization_id of 128 characters', { organization_id: 'o'.repeat(128) }, 'o'.repeat(128)],
    ['client_id if there is no organization_id', { organization_id: undefined }, 'client:client-1'],
    ['client_id if organization_id is null', { organization_id: null }, 'client:client-1'],
  ])('determine the organization: %s', async (_, claims, organization_id) => {
    const { status, json } = await create({ ...claims, sub: 'user 7|é' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ organization_id, updating_user_id: 'user 7|é' });
  });

  const noOrganization = { organization_id: undefined };
  it.each<[string, Claims]>([
    ['an organization_id that tries to be a client', { organization_id: 'client:globex' }],
    ['an organization_id with a space', { organization_id: 'a b' }],
    ['an organization_id with a line feed', { organization_id: 'acme\n' }],
    ['an organization_id with a letter that is not ASCII', { organization_id: 'acmé' }],
    ['an organization_id with the separator of keys', { organization_id: 'a#b' }],
    ['an empty organization_id', { organization_id: '' }],
    ['an organization_id of 129 characters', { organization_id: 'o'.repeat(129) }],
    ['an array of organizations', { organization_id: ['acme'] }],
    ['an array of two organizations', { organization_id: ['acme', 'globex'] }],
    ['an object as the organization', { organization_id: { id: 'acme' } }],
    ['neither organization_id nor client_id', { ...noOrganization, client_id: undefined }],
    ['only a malformed client_id', { ...noOrganization, client_id: 'client:globex' }],
    ['only an empty client_id', { ...noOrganization, client_id: '' }],
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
  ])('return 403 before any DynamoDB call: %s', async (_, claims) => {
    const id = randomUUID();
    const options = { token: await aToken(claims) };
    const body = anAppointment({ patient_id: id });
    for (const reply of [
      await send('GET', `${issuedApi}/${id}`, options),
      await send('PUT', `${issuedApi}/${id}/2`, { ...options, body }),
      await send('POST', issuedApi, { ...options, body }),
    ]) {
      expectError(reply, 403, 'ForbiddenError');
    }
    expect(await callsAbout(id)).toEqual([]);
  });
});
