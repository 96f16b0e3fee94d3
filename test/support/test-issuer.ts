import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';

const kid = 'test';

/** An OIDC issuer of the tests' own, whose key they have: it signs whatever a test needs. Sets ISSUER_URL and ISSUER_KEY. */
export async function startTestIssuer(): Promise<{ url: string; stop: () => void }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    const discovery = request.url === '/.well-known/openid-configuration';
    response.end(JSON.stringify(discovery ? { issuer: url, jwks_uri: `${url}/jwks` } : { keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://localhost:${address.port}`;
  process.env.ISSUER_URL = url;
  process.env.ISSUER_KEY = JSON.stringify(await exportJWK(privateKey));
  return { url, stop: () => server.close().closeAllConnections() };
}

export const testAudience = 'test-audience';

/** A token of the test issuer: valid, of organization `acme`, with both scopes, but for what `claims` says. */
export async function aToken(claims: JWTPayload = {}): Promise<string> {
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
  return new SignJWT(Object.fromEntries(set))
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(await importJWK(JSON.parse(process.env.ISSUER_KEY ?? '{}'), 'RS256'));
}
