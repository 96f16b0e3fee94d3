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
import { aToken, issuerKey, testAudience, testKid, tokenClaims } from '../support/test-issuer.ts';

/** Reads an appointment that does not exist: the function returns 404 if the authorizer accepts the request. */
function read(authorization: string | undefined, id: string = randomUUID()): Promise<Reply> {
  return send('GET', `${issuedApi}/${id}`, { headers: { ...(authorization !== undefined && { authorization }) } });
}

const validHeader = { alg: 'RS256', kid: testKid };

async function signed(header: JWTHeaderParameters, key?: Parameters<SignJWT['sign']>[0]): Promise<string> {
  return new SignJWT(tokenClaims()).setProtectedHeader(header).sign(key ?? (await importJWK(issuerKey(), header.alg)));
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function unsigned(): string {
  return `${base64url({ alg: 'none', kid: testKid })}.${base64url(tokenClaims())}.`;
}

/** A token with an HMAC signature whose secret is the public key, which anyone can download. */
function signedWithThePublicKey(format: 'pem' | 'jwk'): string {
  const { kty = '', n = '', e = '' } = issuerKey();
  const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
  const secret = format === 'pem' ? key.export({ type: 'spki', format }) : JSON.stringify({ kty, n, e });
  const content = `${base64url({ alg: 'HS256', kid: testKid })}.${base64url(tokenClaims())}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

async function tampered(part: 0 | 1 | 2, replacement: string): Promise<string> {
  return (await aToken()).split('.').with(part, replacement).join('.');
}

const now = () => Math.floor(Date.now() / 1_000);

describe('the JWT authorizer', () => {
  it.each<[string, () => Promise<string>]>([
    ['with the prefix Bearer', async () => `Bearer ${await aToken()}`],
    ['without a prefix', () => aToken()],
    ['whose aud is a list that contains the audience', async () => aToken({ aud: ['other', testAudience] })],
    ['without aud if client_id is the audience', async () => aToken({ aud: undefined, client_id: testAudience })],
    ['with its scopes in scp', async () => aToken({ scope: undefined, scp: 'appointments/read' })],
    ['with a list of scopes in scp', async () => aToken({ scope: undefined, scp: ['other', 'appointments/read'] })],
    ['with the scope among others', async () => aToken({ scope: 'openid appointments/read x' })],
    ['that became valid a second ago', async () => aToken({ nbf: now() - 1, iat: now() - 1 })],
  ])('accepts a token %s', async (_, token) => {
    expectError(await read(await token()), 404, 'NotFoundError');
  });

  it('returns 401 to a request without a token', async () => {
    const reply = await read(undefined);
    expectGatewayError(reply, 401, 'Unauthorized');
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each<[string, () => string | Promise<string>]>([
    ['garbage', () => 'garbage'],
    ['two segments', () => 'a.b'],
    ['three segments of garbage', () => 'a.b.c'],
    ['four segments', async () => `${await aToken()}.x`],
    ['two tokens', async () => `${await aToken()} ${await aToken()}`],
    ['another scheme', () => 'Basic YWNtZTphY21lLXNlY3JldA=='],
    ['an expired token', () => aToken({ exp: now() - 1 })],
    ['a token that never expires', () => aToken({ exp: undefined })],
    ['a token whose nbf is tomorrow', () => aToken({ nbf: now() + 86_400 })],
    ['a token whose iat is tomorrow', () => aToken({ iat: now() + 86_400 })],
    ['another issuer', () => aToken({ iss: 'https://issuer.example.com' })],
    ['the issuer with a trailing slash', () => aToken({ iss: `${process.env.ISSUER_URL}/` })],
    ['no issuer', () => aToken({ iss: undefined })],
    ['another audience', () => aToken({ aud: 'other' })],
    ['another audience, even if client_id is the audience', () => aToken({ aud: 'other', client_id: testAudience })],
    ['a list of other audiences', () => aToken({ aud: ['other', `${testAudience}2`] })],
    ['an empty list of audiences', () => aToken({ aud: [] })],
    ['neither aud nor client_id', () => aToken({ aud: undefined, client_id: undefined })],
    ['no aud and another client_id', () => aToken({ aud: undefined })],
    ['another key with the same kid', async () => signed(validHeader, (await generateKeyPair('RS256')).privateKey)],
    ['an unknown kid', () => signed({ ...validHeader, kid: 'other' })],
    ['no kid', () => signed({ alg: 'RS256' })],
    ['another algorithm with the same key', () => signed({ ...validHeader, alg: 'PS256' })],
    [
      'a key that the header itself contains',
      async () => {
        const { publicKey, privateKey } = await generateKeyPair('RS256');
        return signed({ ...validHeader, jwk: await exportJWK(publicKey) }, privateKey);
      },
    ],
    ['alg none', () => unsigned()],
    ['HS256 with the public key as PEM', () => signedWithThePublicKey('pem')],
    ['HS256 with the public key as JWK', () => signedWithThePublicKey('jwk')],
    ['a changed payload', () => tampered(1, base64url(tokenClaims({ organization_id: 'globex' })))],
    ['a changed header', () => tampered(0, base64url({ alg: 'none', kid: testKid }))],
    ['an empty signature', () => tampered(2, '')],
  ])('returns 401 for %s', async (_, token) => {
    const reply = await read(`Bearer ${await token()}`);
    expectGatewayError(reply, 401, 'Unauthorized');
    expect(reply.headers.get('www-authenticate')).toMatch(
      /^Bearer scope="" error="invalid_token" error_description="[^",]+"$/,
    );
  });

  /** Sends a request to a route of the template, with a body for PUT and POST. */
  async function callRoute(routeKey: string, token?: string): Promise<Reply> {
    const [method = '', path = ''] = routeKey.split(' ');
    const url = new URL(path.replace('{id}', randomUUID()).replace('{version}', '2'), issuedApi);
    const body = /PUT|POST/.test(method) ? { body: anAppointment() } : {};
    return send(method, url.href, { ...body, ...(token !== undefined && { token }) });
  }

  describe.each(guardedRoutes)('in front of $routeKey', ({ routeKey, scopes: [scope = ''] }) => {
    it('returns 401 to a request without a token', async () => {
      expectGatewayError(await callRoute(routeKey), 401, 'Unauthorized');
    });

    it('accepts a token with the route’s scope', async () => {
      expect([200, 400, 404]).toContain((await callRoute(routeKey, await aToken({ scope }))).status);
    });

    it.each([
      ['the other scope', scope.endsWith('read') ? 'appointments/write' : 'appointments/read'],
      ['no scope', undefined],
      ['a longer scope that starts with it', `${scope}er`],
      ['the scope in uppercase', scope.toUpperCase()],
    ])('returns 403 for a token with %s', async (_, wrong) => {
      expectGatewayError(await callRoute(routeKey, await aToken({ scope: wrong })), 403, 'Forbidden');
    });
  });

  it('runs only on known routes: an unknown route returns 404 even without a token', async () => {
    for (const [method, path] of [
      ['GET', '/a/b/c'],
      ['PATCH', '/a'],
      ['GET', ''],
    ] as const) {
      expectGatewayError(await send(method, `${issuedApi}${path}`), 404, 'Not Found');
    }
  });

  it('runs before the function checks the request', async () => {
    const options = { body: 'no JSON', headers: { 'content-type': 'text/plain' } };
    expectGatewayError(await send('PUT', `${issuedApi}/no-uuid/no-version`, options), 401, 'Unauthorized');
    expectGatewayError(await send('POST', issuedApi, { ...options, body: 'x'.repeat(300_000) }), 401, 'Unauthorized');
  });

  it('invokes no function for a request that it rejects', async () => {
    const id = randomUUID();
    const rejected = [
      await read(undefined, id),
      await read('garbage', id),
      await read(unsigned(), id),
      await read(await aToken({ exp: now() - 1 }), id),
      await read(await aToken({ scope: 'other' }), id),
    ];
    const accepted = await read(await aToken(), id);
    const log = await logUpTo(accepted);
    for (const { headers } of rejected) expect(log).not.toContain(headers.get('apigw-requestid'));
    expect(await callsAbout(id)).toHaveLength(1);
  });
});
