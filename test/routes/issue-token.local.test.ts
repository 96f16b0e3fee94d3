import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { authUrl, call, type RequestOptions, send } from '../support/api.ts';
import { expectError } from '../support/expect-error.ts';
import { issuedApi } from '../support/issued-api.ts';
import { logUpTo } from '../support/log.ts';

const credentials = { client_id: 'acme', client_secret: 'acme-secret' };
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function ask(options: RequestOptions, base = authUrl()) {
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
  ])('answers to %s with a bearer token', async (_, options) => {
    const { status, headers, json } = await ask(options);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('apigw-requestid')).toMatch(/^[A-Za-z0-9+/]{15}=$/);
    expect(json).toEqual({ access_token: expect.any(String), expires_in: 3_600, token_type: 'Bearer' });
    expect((await call('GET', `/${randomUUID()}`, { token: json.access_token })).status).toBe(404);
  });

  it.each([
    ['secret', { ...credentials, client_secret: 'wrong' }],
    ['secret, that of another client', { ...credentials, client_secret: 'globex-secret' }],
    ['secret in letter case', { ...credentials, client_secret: 'Acme-secret' }],
    ['client', { ...credentials, client_id: 'nobody' }],
  ])('answers 401 to a wrong %s, the same to each', async (_, body) => {
    const reply = await ask({ body });
    expectError(reply, 401, 'UnauthorizedError');
    expect(reply.text).toBe((await ask({ body: { client_id: 'x', client_secret: 'x' } })).text);
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
  ])('names what is missing or wrong: %s', async (_, body, violations) => {
    const reply = await ask({ body });
    expectError(reply, 422, 'UnprocessableEntityError');
    const { data } = reply.json.content;
    expect(data.map(({ path, rule }: Record<string, string>) => `${path} ${rule}`)).toEqual(violations);
  });

  it('names what is missing in a form too', async () => {
    const reply = await ask({ body: 'client_id=acme', headers: form });
    expectError(reply, 422, 'UnprocessableEntityError');
    expect(reply.json.content.data).toMatchObject([{ path: '/client_secret' }]);
  });

  it.each<[string, RequestOptions, number, string]>([
    ['half a JSON', { body: '{"client_id":', headers: json }, 400, 'BadRequestError'],
    ['an empty body', { body: '', headers: json }, 400, 'BadRequestError'],
    [
      'text',
      { body: JSON.stringify(credentials), headers: { 'content-type': 'text/plain' } },
      415,
      'InvalidContentTypeError',
    ],
    ['nothing at all', {}, 415, 'InvalidContentTypeError'],
    ['a body over 256 KiB', { body: ' '.repeat(256 * 1024 + 1), headers: json }, 413, 'PayloadTooLargeError'],
    ['a form over 256 KiB', { body: 'a'.repeat(256 * 1024 + 1), headers: form }, 413, 'PayloadTooLargeError'],
    [
      'text over 256 KiB',
      { body: ' '.repeat(256 * 1024 + 1), headers: { 'content-type': 'text/plain' } },
      413,
      'PayloadTooLargeError',
    ],
  ])('answers to %s with its error', async (_, options, status, errorName) => {
    expectError(await ask(options), status, errorName);
  });

  it('answers 503 where the issuer answers no token', async () => {
    // The issuer of the tests has keys, and no token endpoint.
    const reply = await ask({ body: credentials }, new URL(issuedApi).origin);
    expectError(reply, 503, 'ServiceUnavailableError');
    expect(reply.headers.get('retry-after')).toMatch(/^[123]$/);
  });

  it('logs neither secret nor token', async () => {
    const secret = `secret-${randomUUID()}`;
    const granted = await ask({ body: credentials });
    const refused = [
      await ask({ body: { ...credentials, client_secret: secret } }),
      await ask({ body: `client_id=acme&client_secret=${secret}`, headers: form }),
      await ask({ body: `{"client_id":"acme","client_secret":"${secret}"`, headers: json }),
      await ask({ body: { client_id: 5, client_secret: secret } }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 400, 422]);
    const log = await logUpTo(await ask({ body: credentials }));
    for (const { headers } of [granted, ...refused]) expect(log).toContain(headers.get('apigw-requestid'));
    for (const secretText of [secret, 'acme-secret', granted.json.access_token]) expect(log).not.toContain(secretText);
  });
});
