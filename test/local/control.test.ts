import { randomUUID } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { CandidApi, CandidApiClient } from 'candidhealth';
import { databaseFaults } from '../../infra/local/faulty-database.ts';
import { faultHeader, flakyClient } from '../../infra/local/local-faults.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { apiUrl, authUrl, call, created, type Reply, send } from '../support/api.ts';
import { builtFunction, requestOf } from '../support/built-function.ts';

/** A token for the client NAME / NAME-secret. */
async function tokenOf(name: string): Promise<string> {
  const { json } = await send('POST', `${authUrl()}/api/auth/v2/token`, {
    body: { client_id: name, client_secret: `${name}-secret` },
  });
  return json.access_token;
}

describe('any NAME with the secret NAME-secret', () => {
  it('is a client of the organization NAME, and cannot read data of other organizations', async () => {
    const [one, other] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
    const [token, otherToken] = [await tokenOf(one), await tokenOf(other)];
    const { json } = await call('POST', '', { body: anAppointment(), token });
    expect(json).toMatchObject({ organization_id: one, updating_user_id: one });
    expect((await call('GET', `/${json.id}`, { token })).status).toBe(200);
    expect((await call('GET', `/${json.id}`, { token: otherToken })).status).toBe(404);
  });

  it.each(['acme', 'globex', 'viewer'])('does not redefine the client %s', async (name) => {
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
    ['a name with a space', 'a b', 'a b-secret'],
    ['a name that is too long', 'x'.repeat(129), `${'x'.repeat(129)}-secret`],
  ])('returns 401 for %s', async (_, client_id, client_secret) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
    const response = await fetch(`${authUrl()}/oauth2/token`, { method: 'POST', body });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: 'invalid_client' });
  });
});

describe('the header x-local-fault', () => {
  const withFault = (fault: string, headers = {}) => ({ headers: { [faultHeader]: fault, ...headers } });

  it.each([
    ['throttle', 429, 'TooManyRequestsError', 1],
    ['lost-request', 503, 'ServiceUnavailableError', 1],
    ['lost-response', 503, 'ServiceUnavailableError', 2],
  ])('%s makes an update return %i %s; the version is %i afterwards', async (fault, status, errorName, version) => {
    const { id } = await created(anAppointment());
    const failed = await call('PUT', `/${id}/2`, { body: anAppointment({ status: 'READY' }), ...withFault(fault) });
    expect(failed).toMatchObject({ status, json: { errorName } });
    expect(failed.headers.get(faultHeader)).toBe(fault);
    expect(failed.headers.get('retry-after')).toMatch(/^[123]$/);
    expect((await call('GET', `/${id}`)).json.version).toBe(version);
  });

  it.each(['throttle', 'lost-request', 'lost-response'])(
    '%s and a retry with the same Idempotency-Key create one version',
    async (fault) => {
      const { id } = await created(anAppointment());
      const key = { 'idempotency-key': randomUUID() };
      const body = anAppointment({ status: 'READY' });
      await call('PUT', `/${id}/2`, { body, ...withFault(fault, key) });
      expect(await call('PUT', `/${id}/2`, { body, headers: key })).toMatchObject({
        status: 200,
        json: { version: 2 },
      });
      await call('DELETE', `/${id}/2`, withFault(fault, key));
      expect(await call('DELETE', `/${id}/2`, { headers: key })).toMatchObject({ status: 200 });
      expect((await call('GET', `/${id}/history`)).json).toHaveLength(3);
    },
  );

  it('changes only writes that reach the database', async () => {
    const { id } = await created(anAppointment());
    const errorOrStatus = (reply: Reply) => reply.json?.errorName ?? reply.status;
    expect(errorOrStatus(await call('PUT', `/${id}/2`, { body: {}, ...withFault('lost-response') }))).toBe(
      'UnprocessableEntityError',
    );
    expect(errorOrStatus(await call('PUT', `/${id}/0`, { body: {}, ...withFault('throttle') }))).toBe(
      'BadRequestError',
    );
    expect(errorOrStatus(await call('GET', `/${id}`, withFault('throttle')))).toBe(200);
    expect(errorOrStatus(await call('GET', `/${id}/history`, withFault('lost-request')))).toBe(200);
    expect(errorOrStatus(await call('PUT', `/${id}/2`, { body: {}, token: 'none', ...withFault('throttle') }))).toBe(
      401,
    );
  });

  it.each(['', 'Throttle', 'timeout', 'throttle, lost-response'])(
    'with the value "%s" returns a 400 that lists the valid values',
    async (fault) => {
      const { status, json } = await call('POST', '', { body: anAppointment(), ...withFault(fault) });
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
  /** Retries a write with one key until it succeeds. Returns the success, and the statuses before it. */
  async function retryUntilWritten(method: string, path: string): Promise<{ written: Reply; failures: number[] }> {
    const token = await tokenOf(flakyClient);
    const headers = { 'idempotency-key': randomUUID() };
    const body = method === 'DELETE' ? {} : { body: anAppointment() };
    const failures: number[] = [];
    for (;;) {
      const written = await call(method, path, { token, headers, ...body });
      if (written.status === 200) return { written, failures };
      failures.push(written.status);
      expect((await call('GET', '/updates/scan?since=2026-01-01T00:00:00Z', { token })).status).toBe(200);
    }
  }

  it('meets each fault in turn on every write, then succeeds; its reads never fail', async () => {
    const created = await retryUntilWritten('POST', '');
    const { id } = created.written.json;
    const updated = await retryUntilWritten('PUT', `/${id}/2`);
    const deactivated = await retryUntilWritten('DELETE', `/${id}/2`);
    for (const { failures } of [created, updated, deactivated]) expect(failures).toEqual([429, 503, 503]);
    const { json: history } = await call('GET', `/${id}/history`, { token: await tokenOf(flakyClient) });
    expect(history.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3]);
  });

  it('lets the SDK retry with one key until one version is written', async () => {
    const { preEncounter } = new CandidApiClient({
      clientId: flakyClient,
      clientSecret: `${flakyClient}-secret`,
      environment: { candidApi: authUrl(), preEncounter: apiUrl() },
    });
    const { id } = (await retryUntilWritten('POST', '')).written.json;
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

describe('the deployed functions', () => {
  it('contain no code for local faults', async () => {
    const words = [faultHeader, flakyClient, ...Object.keys(databaseFaults), '-secret'];
    for await (const path of glob('dist/*/index.mjs')) {
      const bundle = await readFile(path, 'utf8');
      expect({ path, found: words.filter((word) => word !== 'throttle' && bundle.includes(word)) }).toEqual({
        path,
        found: [],
      });
    }
  });

  it('ignore x-local-fault and the client flaky', async () => {
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
