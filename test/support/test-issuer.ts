import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { listen } from '../../infra/local/listen.ts';
import { useStack } from './use-stack.ts';

await useStack('issuer');

/** The `kid` of the issuer's key. */
export const testKid = 'test';

/** Starts an OIDC issuer. The suites get its private key, so they can sign any token. */
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

/** The claims of a token. An undefined claim is left out. */
export type Claims = Readonly<Record<string, unknown>>;

/** A valid token of the test issuer, for the organization `acme` and both scopes. `claims` overrides any claim. */
export async function aToken(claims: Claims = {}): Promise<string> {
  return new SignJWT(tokenClaims(claims))
    .setProtectedHeader({ alg: 'RS256', kid: testKid })
    .sign(await importJWK(issuerKey(), 'RS256'));
}

/** The claims of that token, for a test that signs them itself. */
export function tokenClaims(claims: Claims = {}): Record<string, unknown> {
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
