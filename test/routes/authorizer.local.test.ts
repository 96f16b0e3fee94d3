import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, importJWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { anAppointment } from '../support/an-appointment.ts';
import { type Reply, send } from '../support/api.ts';
import { callsAbout } from '../support/dynamodb-recorder.ts';
import { expectError, expectGatewayError } from '../support/expect-error.ts';
import { issuedApi } from '../support/issued-api.ts';
import { logUpTo } from '../support/log.ts';
import { guardedRoutes } from '../support/template.ts';
import { aToken, issuerKey, someClaims, testAudience, testKid } from '../support/test-issuer.ts';

/** A read of an appointment that is not there: 404 from the function for whom the authorizer lets in. */
function read(authorization: string | undefined, id: string = randomUUID()): Promise<Reply> {
  return send('GET', `${issuedApi}/${id}`, { headers: { ...(authorization !== undefined && { authorization }) } });
}

const ours = { alg: 'RS256', kid: testKid };

async function signed(header: JWTHeaderParameters, key?: Parameters<SignJWT['sign']>[0]): Promise<string> {
  return new SignJWT(someClaims()).setProtectedHeader(header).sign(key ?? (await importJWK(issuerKey(), header.alg)));
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function unsigned(): string {
  return `${base64url({ alg: 'none', kid: testKid })}.${base64url(someClaims())}.`;
}

/** The public key, which everybody has, used as the secret of an HMAC. */
function signedWithThePublicKey(format: 'pem' | 'jwk'): string {
  const { kty = '', n = '', e = '' } = issuerKey();
  const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
  const secret = format === 'pem' ? key.export({ type: 'spki', format }) : JSON.stringify({ kty, n, e });
  const content = `${base64url({ alg: 'HS256', kid: testKid })}.${base64url(someClaims())}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

async function tampered(part: 0 | 1 | 2, replacement: string): Promise<string> {
  return (await aToken()).split('.').with(part, replacement).join('.');
}

const now = () => Math.floor(Date.now() / 1_000);

describe('the JWT authorizer', () => {
  it.each<[string, () => Promise<string>]>([
    ['after Bearer', async () => `Bearer ${await aToken()}`],
    ['bare', () => aToken()],
    ['whose aud is a list with the audience in it', async () => aToken({ aud: ['other', testAudience] })],
    ['without aud, whose client_id is the audience', async () => aToken({ aud: undefined, client_id: testAudience })],
    ['with its scopes as scp', async () => aToken({ scope: undefined, scp: 'appointments/read' })],
    ['with its scopes as a list in scp', async () => aToken({ scope: undefined, scp: ['other', 'appointments/read'] })],
    ['with one of the scopes among others', async () => aToken({ scope: 'openid appointments/read x' })],
    ['that is valid since a second', async () => aToken({ nbf: now() - 1, iat: now() - 1 })],
  ])('lets in a token %s', async (_, token) => {
    expectError(await read(await token()), 404, 'NotFoundError');
  });

  it('refuses a request without a token', async () => {
    const reply = await read(undefined);
    expectGatewayError(reply, 401, 'Unauthorized');
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each<[string, () => string | Promise<string>]>([
    ['garbage', () => 'garbage'],
    ['two segments', () => 'a.b'],
    ['three segments of garbage', () => 'a.b.c'],
    ['four segments', async () => `${await aToken()}.x`],
    ['a token twice', async () => `${await aToken()} ${await aToken()}`],
    ['another scheme', () => 'Basic YWNtZTphY21lLXNlY3JldA=='],
    ['an expired token', () => aToken({ exp: now() - 1 })],
    ['a token that expires never', () => aToken({ exp: undefined })],
    ['a token of tomorrow by nbf', () => aToken({ nbf: now() + 86_400 })],
    ['a token of tomorrow by iat', () => aToken({ iat: now() + 86_400 })],
    ['another issuer', () => aToken({ iss: 'https://issuer.example.com' })],
    ['the issuer with a slash', () => aToken({ iss: `${process.env.ISSUER_URL}/` })],
    ['no issuer', () => aToken({ iss: undefined })],
    ['another audience', () => aToken({ aud: 'other' })],
    ['another audience, though client_id is the audience', () => aToken({ aud: 'other', client_id: testAudience })],
    ['a list of other audiences', () => aToken({ aud: ['other', `${testAudience}2`] })],
    ['an empty list of audiences', () => aToken({ aud: [] })],
    ['neither aud nor client_id', () => aToken({ aud: undefined, client_id: undefined })],
    ['no aud and another client_id', () => aToken({ aud: undefined })],
    ['another key under the same name', async () => signed(ours, (await generateKeyPair('RS256')).privateKey)],
    ['a key of another name', () => signed({ ...ours, kid: 'other' })],
    ['a key without a name', () => signed({ alg: 'RS256' })],
    ['another algorithm of the same key', () => signed({ ...ours, alg: 'PS256' })],
    [
      'a key of its own in the header',
      async () => {
        const { publicKey, privateKey } = await generateKeyPair('RS256');
        return signed({ ...ours, jwk: await exportJWK(publicKey) }, privateKey);
      },
    ],
    ['alg none', () => unsigned()],
    ['HS256 with the public key as PEM', () => signedWithThePublicKey('pem')],
    ['HS256 with the public key as JWK', () => signedWithThePublicKey('jwk')],
    ['a payload that was changed', () => tampered(1, base64url(someClaims({ organization_id: 'globex' })))],
    ['a header that was changed', () => tampered(0, base64url({ alg: 'none', kid: testKid }))],
    ['a signature that was cut off', () => tampered(2, '')],
  ])('refuses %s', async (_, token) => {
    const reply = await read(`Bearer ${await token()}`);
    expectGatewayError(reply, 401, 'Unauthorized');
    expect(reply.headers.get('www-authenticate')).toMatch(
      /^Bearer scope="" error="invalid_token" error_description="[^",]+"$/,
    );
  });

  /** A request to a route of the template, with a body if it has one. */
  async function ask(routeKey: string, token?: string): Promise<Reply> {
    const [method = '', path = ''] = routeKey.split(' ');
    const url = new URL(path.replace('{id}', randomUUID()).replace('{version}', '2'), issuedApi);
    const body = /PUT|POST/.test(method) ? { body: anAppointment() } : {};
    return send(method, url.href, { ...body, ...(token !== undefined && { token }) });
  }

  describe.each(guardedRoutes)('in front of $routeKey', ({ routeKey, scopes: [scope = ''] }) => {
    it('refuses a request without a token', async () => {
      expectGatewayError(await ask(routeKey), 401, 'Unauthorized');
    });

    it('lets in a token with the scope of the route', async () => {
      expect([200, 400, 404]).toContain((await ask(routeKey, await aToken({ scope }))).status);
    });

    it.each([
      ['the other scope', scope.endsWith('read') ? 'appointments/write' : 'appointments/read'],
      ['no scope', undefined],
      ['a scope that only begins like it', `${scope}er`],
      ['the scope in upper case', scope.toUpperCase()],
    ])('forbids it to a token with %s', async (_, wrong) => {
      expectGatewayError(await ask(routeKey, await aToken({ scope: wrong })), 403, 'Forbidden');
    });
  });

  it('comes after the route: an unknown one is a 404 for everyone', async () => {
    for (const [method, path] of [
      ['GET', '/a/b/c'],
      ['PATCH', '/a'],
      ['GET', ''],
    ] as const) {
      expectGatewayError(await send(method, `${issuedApi}${path}`), 404, 'Not Found');
    }
  });

  it('comes before the function looks at the request', async () => {
    const options = { body: 'no JSON', headers: { 'content-type': 'text/plain' } };
    expectGatewayError(await send('PUT', `${issuedApi}/no-uuid/no-version`, options), 401, 'Unauthorized');
    expectGatewayError(await send('POST', issuedApi, { ...options, body: 'x'.repeat(300_000) }), 401, 'Unauthorized');
  });

  it('lets no function run for a request that it refuses', async () => {
    const id = randomUUID();
    const refused = [
      await read(undefined, id),
      await read('garbage', id),
      await read(unsigned(), id),
      await read(await aToken({ exp: now() - 1 }), id),
      await read(await aToken({ scope: 'other' }), id),
    ];
    const accepted = await read(await aToken(), id);
    const log = await logUpTo(accepted);
    for (const { headers } of refused) expect(log).not.toContain(headers.get('apigw-requestid'));
    expect(await callsAbout(id)).toHaveLength(1);
  });
});
