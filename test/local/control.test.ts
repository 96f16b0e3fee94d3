import { randomUUID } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { CandidApi, CandidApiClient } from 'candidhealth';
import { databaseFaults } from '../../infra/local/faulty-database.ts';
import { faultHeader, flakyClient } from '../../infra/local/local-faults.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { apiUrl, authUrl, call, created, type Reply, send } from '../support/api.ts';
import { builtFunction, requestOf } from '../support/built-function.ts';

/** A token of the client NAME / NAME-secret. */
async function tokenOf(name: string): Promise<string> {
  const { json } = await send('POST', `${authUrl()}/api/auth/v2/token`, {
    body: { client_id: name, client_secret: `${name}-secret` },
  });
  return json.access_token;
}

describe('any NAME with the secret NAME-secret', () => {
  it('is a client of the organization NAME, which sees nothing of the others', async () => {
    const [one, other] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const [token, otherToken] = [await tokenOf(one), await tokenOf(other)];
    const { json } = await call('POST', '', { body: anAppointment(), token });
    expect(json).toMatchObject({ organization_id: one, updating_user_id: one });
    expect((await call('GET', `/${json.id}`, { token })).status).toBe(200);
    expect((await call('GET', `/${json.id}`, { token: otherToken })).status).toBe(404);
  });

  it.each(['acme', 'globex', 'viewer'])('does not change the client %s', async (name) => {
    const [, claims = ''] = (await tokenOf(name)).split('.');
    const { organization_id, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect({ organization_id, scope }).toEqual({
      organization_id: name === 'globex' ? undefined : 'acme',
      scope: name === 'viewer' ? 'appointments/read' : 'appointments/read appointments/write',
    });
  });

  it.each([
    ['another secret', 'clinic', 'other-secret'],
    ['no name', '', '-secret'],
    ['a name that no organization has', 'a b', 'a b-secret'],
    ['a name that is too long', 'x'.repeat(129), `${'x'.repeat(129)}-secret`],
  ])('is no client with %s', async (_, client_id, client_secret) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
    const response = await fetch(`${authUrl()}/oauth2/token`, { method: 'POST', body });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: 'invalid_client' });
  });
});

describe('the header x-local-fault', () => {
  const asking = (fault: string, headers = {}) => ({ headers: { [faultHeader]: fault, ...headers } });

  it.each([
    ['throttle', 429, 'TooManyRequestsError', 1],
    ['lost-request', 503, 'ServiceUnavailableError', 1],
    ['lost-response', 503, 'ServiceUnavailableError', 2],
  ])('%s makes an update respond %i %s, and the version is then %i+', async (fault, status, errorName, version) => {
    const { id } = await created(anAppointment());
    const failed = await call('PUT', `/${id}/2`, { body: anAppointment({ status: 'READY' }), ...asking(fault) });
    expect(failed).toMatchObject({ status, json: { errorName } });
    expect(failed.headers.get(faultHeader)).toBe(fault);
    expect(failed.headers.get('retry-after')).toMatch(/^[123]$/);
    expect((await call('GET', `/${id}`)).json.version).toBe(version);
  });

  it.each(['throttle', 'lost-request', 'lost-response'])(
    '%s leaves one version, if the request is sent again with its key',
    async (fault) => {
      const { id } = await created(anAppointment());
      const key = { 'idempotency-key': randomUUID() };
      const body = anAppointment({ status: 'READY' });
      await call('PUT', `/${id}/2`, { body, ...asking(fault, key) });
      expect(await call('PUT', `/${id}/2`, { body, headers: key })).toMatchObject({
        status: 200,
        json: { version: 2 },
      });
      await call('DELETE', `/${id}/2`, asking(fault, key));
      expect(await call('DELETE', `/${id}/2`, { headers: key })).toMatchObject({ status: 200 });
      expect((await call('GET', `/${id}/history`)).json).toHaveLength(3);
    },
  );

  it('fails what reaches the database: everything else responds as always', async () => {
    const { id } = await created(anAppointment());
    const of = (reply: Reply) => reply.json?.errorName ?? reply.status;
    expect(of(await call('PUT', `/${id}/2`, { body: {}, ...asking('lost-response') }))).toBe(
      'UnprocessableEntityError',
    );
    expect(of(await call('PUT', `/${id}/0`, { body: {}, ...asking('throttle') }))).toBe('BadRequestError');
    expect(of(await call('GET', `/${id}`, asking('throttle')))).toBe(200);
    expect(of(await call('GET', `/${id}/history`, asking('lost-request')))).toBe(200);
    expect(of(await call('PUT', `/${id}/2`, { body: {}, token: 'none', ...asking('throttle') }))).toBe(401);
  });

  it.each(['', 'Throttle', 'timeout', 'throttle, lost-response'])(
    'with the value "%s" is a 400 that lists them',
    async (fault) => {
      const { status, json } = await call('POST', '', { body: anAppointment(), ...asking(fault) });
      expect({ status, json }).toEqual({
        status: 400,
        json: {
          errorName: 'BadRequestError',
          content: { message: 'x-local-fault must be one of throttle, lost-request, lost-response.' },
        },
      });
    },
  );
});

describe('the client flaky', () => {
  /** Sends a write under one key until it succeeds. Gives back the success, and what came before it. */
  async function finallyWritten(method: string, path: string): Promise<{ written: Reply; before: number[] }> {
    const token = await tokenOf(flakyClient);
    const headers = { 'idempotency-key': randomUUID() };
    const body = method === 'DELETE' ? {} : { body: anAppointment() };
    const before: number[] = [];
    for (;;) {
      const written = await call(method, path, { token, headers, ...body });
      if (written.status === 200) return { written, before };
      before.push(written.status);
      expect((await call('GET', '/updates/scan?since=2026-01-01T00:00:00Z', { token })).status).toBe(200);
    }
  }

  it('gets each fault in turn, and then what it asked for: whatever it writes, and its reads never fail', async () => {
    const created = await finallyWritten('POST', '');
    const { id } = created.written.json;
    const updated = await finallyWritten('PUT', `/${id}/2`);
    const deactivated = await finallyWritten('DELETE', `/${id}/2`);
    for (const { before } of [created, updated, deactivated]) expect(before).toEqual([429, 503, 503]);
    const { json: history } = await call('GET', `/${id}/history`, { token: await tokenOf(flakyClient) });
    expect(history.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3]);
  });

  it('lets the SDK retry under a key until one version is written', async () => {
    const { preEncounter } = new CandidApiClient({
      clientId: flakyClient,
      clientSecret: `${flakyClient}-secret`,
      environment: { candidApi: authUrl(), preEncounter: apiUrl() },
    });
    const { id } = (await finallyWritten('POST', '')).written.json;
    const appointment = {
      patientId: CandidApi.preEncounter.PatientId('p-1'),
      startTimestamp: new Date('2026-03-02T09:00:00Z'),
      serviceDuration: 30,
      services: [],
    };
    const options = { maxRetries: 5, headers: { 'Idempotency-Key': randomUUID() } };
    const updated = await preEncounter.appointments.v1.update(id, '2', appointment, options);
    expect(updated).toMatchObject({ ok: true, body: { version: 2 } });
  });
});

describe('none of this', () => {
  it('is in a bundle that is deployed', async () => {
    const words = [faultHeader, flakyClient, ...Object.keys(databaseFaults), '-secret'];
    for await (const path of glob('dist/*/index.mjs')) {
      const bundle = await readFile(path, 'utf8');
      expect({ path, found: words.filter((word) => word !== 'throttle' && bundle.includes(word)) }).toEqual({
        path,
        found: [],
      });
    }
  });

  it('changes what a deployed function does', async () => {
    const deployed = await builtFunction('create-appointment', process.env.DYNAMODB_URL ?? '');
    const request = requestOf('acme', {
      headers: { 'content-type': 'application/json', [faultHeader]: 'throttle' },
      body: JSON.stringify(anAppointment()),
    });
    const authorizer = { jwt: { claims: { client_id: flakyClient, organization_id: 'acme', sub: flakyClient } } };
    const event = { ...request, requestContext: { ...Object(request.requestContext), authorizer } };
    for (let call = 0; call < 4; call += 1) expect(await deployed.invoke(event)).toMatchObject({ statusCode: 200 });
    await deployed.stop();
  });
});
