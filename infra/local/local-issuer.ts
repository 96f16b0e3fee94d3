import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** A client of the local issuer. Without `organization_id`, its organization is `client:` and its id. */
export type LocalClient = {
  readonly id: string;
  readonly secret: string;
  readonly scope: string;
  readonly organization_id?: string;
};

const readAndWrite = 'appointments/read appointments/write';

/** The clients of every local stack. */
export const localClients: readonly [LocalClient, ...LocalClient[]] = [
  { id: 'acme', secret: 'acme-secret', scope: readAndWrite, organization_id: 'acme' },
  { id: 'globex', secret: 'globex-secret', scope: readAndWrite },
  { id: 'viewer', secret: 'viewer-secret', scope: 'appointments/read', organization_id: 'acme' },
];

const expiresIn = 3_600;

/** An OIDC issuer at `url`: discovery, JWKS, and a token endpoint for client credentials that signs RS256 JWTs. */
export async function oidcIssuer(url: string, audience: string): Promise<RequestListener> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = randomUUID();
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };

  const sign = ({ id, scope, organization_id }: LocalClient) =>
    new SignJWT({ client_id: id, scope, ...(organization_id && { organization_id }) })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(url)
      .setSubject(id)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${expiresIn}s`)
      .sign(privateKey);

  const token = async (request: IncomingMessage): Promise<[status: number, body: unknown]> => {
    const form = new URLSearchParams(await text(request));
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }];
    const client = localClients.find(
      ({ id, secret }) => id === form.get('client_id') && secret === form.get('client_secret'),
    );
    if (!client) return [401, { error: 'invalid_client' }];
    return [200, { access_token: await sign(client), expires_in: expiresIn, token_type: 'Bearer' }];
  };

  return async (request, response) => {
    const [status, body] = await responseTo(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  async function responseTo(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    switch (`${request.method} ${request.url}`) {
      case 'GET /.well-known/openid-configuration':
        return [200, { issuer: url, jwks_uri: `${url}/.well-known/jwks.json`, token_endpoint: `${url}/oauth2/token` }];
      case 'GET /.well-known/jwks.json':
        return [200, { keys: [jwk] }];
      case 'POST /oauth2/token':
        return token(request);
      default:
        return [404, { error: 'not_found' }];
    }
  }
}
