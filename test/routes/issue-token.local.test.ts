import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { authUrl, call, type RequestOptions, send } from '../support/api.ts';
import { expectError, requestId } from '../support/expect-error.ts';
import { issuedApi } from '../support/issued-api.ts';
import { logUpTo } from '../support/log.ts';

const credentials = { client_id: 'acme', client_secret: 'acme-secret' };
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function requestToken(options: RequestOptions, base = authUrl()) {
  return send('POST', `${base}/api/auth/v2/token`, options);
}

describe('POST /api/auth/v2/token', () => {
  it.each<[string, RequestOptions]>([
    ['JSON', { body: credentials }],
    ['JSON with a charset', { body: credentials, headers: { 'content-type': 'Application/JSON; charset=UTF-8' } }],
    ['JSON with fields of other grants', { body: { ...credentials, grant_type: 'client_credentials' } }],
    ['a form', { body: new URLSearchParams(credentials).toString(), headers: form }],
    [
      'a form with a charset',
      {
        body: new URLSearchParams(credentials).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      },
    ],
    ['HTTP Basic', { headers: { authorization: `Basic ${btoa('acme:acme-secret')}` } }],
    [
      'HTTP Basic and a form',
      {
        body: 'grant_type=client_credentials&scope=appointments%2Fread',
        headers: { ...form, authorization: `Basic ${btoa('acme:acme-secret')}` },
      },
    ],
  ])('returns a bearer token for %s', async (_, options) => {
    const { status, headers, json } = await requestToken(options);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('apigw-requestid')).toMatch(requestId);
    expect(json).toEqual({ access_token: expect.any(String), expires_in: 3_600, token_type: 'Bearer' });
    expect((await call('GET', `/${randomUUID()}`, { token: json.access_token })).status).toBe(404);
  });

  it.each([
    ['a wrong secret', { ...credentials, client_secret: 'wrong' }],
    ["another client's secret", { ...credentials, client_secret: 'globex-secret' }],
    ['a secret in another letter case', { ...credentials, client_secret: 'Acme-secret' }],
    ['an unknown client', { ...credentials, client_id: 'unknown' }],
  ])('returns the same 401 for %s', async (_, body) => {
    const reply = await requestToken({ body });
    expectError(reply, 401, 'UnauthorizedError');
    expect(reply.text).toBe((await requestToken({ body: { client_id: 'x', client_secret: 'x' } })).text);
  });

  it.each([
    ['both', {}, ['/client_id required', '/client_secret required']],
    ['the secret', { client_id: 'acme' }, ['/client_secret required']],
    ['the client', { client_secret: 'acme-secret' }, ['/client_id required']],
    ['a client that is a number', { ...credentials, client_id: 5 }, ['/client_id type']],
    ['an empty secret', { ...credentials, client_secret: '' }, ['/client_secret minLength']],
    [
      'a secret of 1,025 characters',
      { ...credentials, client_secret: 's'.repeat(1_025) },
      ['/client_secret maxLength'],
    ],
    ['an array', [credentials], ['/client_id required', '/client_secret required']],
    ['null', 'null', ['/client_id required', '/client_secret required']],
  ])('returns 422 and names each missing or invalid credential: %s', async (_, body, violations) => {
    const reply = await requestToken({ body });
    expectError(reply, 422, 'UnprocessableEntityError');
    const { data } = reply.json.content;
    expect(data.map(({ path, rule }: Record<string, string>) => `${path} ${rule}`)).toEqual(violations);
  });

  it('returns 422 and names the missing credential of a form', async () => {
    const reply = await requestToken({ body: 'client_id=acme', headers: form });
    expectError(reply, 422, 'UnprocessableEntityError');
    expect(reply.json.content.data).toMatchObject([{ path: '/client_secret' }]);
  });

  it.each<[number, string, string, RequestOptions]>([
    [400, 'BadRequestError', 'incomplete JSON', { body: '{"client_id":', headers: json }],
    [400, 'BadRequestError', 'an empty body', { body: '', headers: json }],
    [
      415,
      'InvalidContentTypeError',
      'text',
      { body: JSON.stringify(credentials), headers: { 'content-type': 'text/plain' } },
    ],
    [415, 'InvalidContentTypeError', 'neither a body nor a content-type', {}],
    [413, 'PayloadTooLargeError', 'JSON over 256 KiB', { body: ' '.repeat(256 * 1024 + 1), headers: json }],
    [413, 'PayloadTooLargeError', 'a form over 256 KiB', { body: 'a'.repeat(256 * 1024 + 1), headers: form }],
    [
      413,
      'PayloadTooLargeError',
      'text over 256 KiB',
      { body: ' '.repeat(256 * 1024 + 1), headers: { 'content-type': 'text/plain' } },
    ],
  ])('returns %i %s for %s', async (status, errorName, _, options) => {
    expectError(await requestToken(options), status, errorName);
  });

  it('returns 503 if the issuer returns no token', async () => {
    // The test issuer has keys, but no token endpoint.
    const reply = await requestToken({ body: credentials }, new URL(issuedApi).origin);
    expectError(reply, 503, 'ServiceUnavailableError');
    expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
  });

  it('logs neither the secret nor the token', async () => {
    const secret = `secret-${randomUUID()}`;
    const granted = await requestToken({ body: credentials });
    const rejected = [
      await requestToken({ body: { ...credentials, client_secret: secret } }),
      await requestToken({ body: `client_id=acme&client_secret=${secret}`, headers: form }),
      await requestToken({ body: `{"client_id":"acme","client_secret":"${secret}"`, headers: json }),
      await requestToken({ body: { client_id: 5, client_secret: secret } }),
    ];
    expect(rejected.map(({ status }) => status)).toEqual([401, 401, 400, 422]);
    const log = await logUpTo(await requestToken({ body: credentials }));
    for (const { headers } of [granted, ...rejected]) expect(log).toContain(headers.get('apigw-requestid'));
    for (const secretText of [secret, 'acme-secret', granted.json.access_token]) expect(log).not.toContain(secretText);
  });
});
