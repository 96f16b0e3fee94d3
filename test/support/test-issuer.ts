import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { listen } from '../../infra/local/listen.ts';
import { useStack } from './use-stack.ts';

await useStack('issuer');

/** The name of the issuer's key. */
export const testKid = 'test';

/** An OIDC issuer whose key the suites have, so that they can sign any token. */
export async function startTestIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: testKid, alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration';
    response.end(JSON.stringify(discovery ? { issuer: url, jwks_uri: `${url}/jwks` } : { keys: [jwk] }));
  });
  const port = await listen(server);
  const url = `http://localhost:${port}`;
  const environment = { ISSUER_URL: url, ISSUER_KEY: JSON.stringify(await exportJWK(privateKey)) };
  return { environment, stop: () => server.close().closeAllConnections() };
}

export const testAudience = 'test-audience';

/** What a token says; a claim that is undefined is left out. */
export type Claims = Readonly<Record<string, unknown>>;

/** A token of the test issuer: valid, of organization `acme`, with both scopes, but for what `claims` says. */
export async function aToken(claims: Claims = {}): Promise<string> {
  return new SignJWT(someClaims(claims))
    .setProtectedHeader({ alg: 'RS256', kid: testKid })
    .sign(await importJWK(issuerKey(), 'RS256'));
}

/** The claims of such a token, for a test that signs them in another way. */
export function someClaims(claims: Claims = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000);
  const payload = {
    iss: process.env.ISSUER_URL,
    aud: testAudience,
    sub: 'user-1',
    client_id: 'client-1',
    organization_id: 'acme',
    scope: 'appointments/read appointments/write',
    iat: now,
    exp: now + 600,
    ...claims,
  };
  const set = Object.entries(payload).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set);
}

/** The issuer's private key. */
export function issuerKey(): JWK {
  return JSON.parse(process.env.ISSUER_KEY ?? '{}');
}
