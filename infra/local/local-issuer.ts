import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

/** A client of the local issuer. Without `organization_id`, its organization is `client:` and its id. */
export type LocalClient = {
  readonly id: string;
  readonly secret: string;
  readonly scope: string;
  readonly organization_id?: string;
};

const readAndWrite = 'appointments/read appointments/write';

/** The clients with special settings. Any other NAME / NAME-secret is a client of the organization NAME. */
export const localClients: readonly [LocalClient, ...LocalClient[]] = [
  { id: 'acme', secret: 'acme-secret', scope: readAndWrite, organization_id: 'acme' },
  { id: 'globex', secret: 'globex-secret', scope: readAndWrite },
  { id: 'viewer', secret: 'viewer-secret', scope: 'appointments/read', organization_id: 'acme' },
];

const organization = /^[A-Za-z0-9._-]{1,128}$/;

function clientWith({ id, secret }: Pick<LocalClient, 'id' | 'secret'>): LocalClient | undefined {
  if (secret !== `${id}-secret` || !organization.test(id)) return undefined;
  return localClients.find((client) => client.id === id) ?? { id, secret, scope: readAndWrite, organization_id: id };
}

const expiresIn = 3_600;

type IssuerResponse = readonly [status: number, body: unknown, headers?: Record<string, string>];

/**
 * An OIDC issuer at `url`: discovery, JWKS, and a token endpoint for client credentials that signs RS256 JWTs. With `keyFile`, the
 * signing key survives a restart, so older tokens stay valid.
 */
export async function oidcIssuer(url: string, audience: string, keyFile: string | undefined): Promise<RequestListener> {
  const key = await signingKey(keyFile);
  const { kty, n, e, kid } = key;
  const privateKey = await importJWK(key, 'RS256');

  const sign = ({ id, scope, organization_id }: LocalClient) =>
    new SignJWT({ client_id: id, scope, ...(organization_id && { organization_id }) })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(url)
      .setSubject(id)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${expiresIn}s`)
      .sign(privateKey);

  const token = async (request: IncomingMessage): Promise<IssuerResponse> => {
    // Reading fails if the client closes the connection. Then no client receives the response.
    const form = new URLSearchParams(await text(request).catch(() => ''));
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }];
    const client = clientWith(credentialsIn(request.headers.authorization, form));
    if (!client) return [401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="local"' }];
    return [200, { access_token: await sign(client), expires_in: expiresIn, token_type: 'Bearer' }];
  };

  return async (request, response) => {
    const [status, body, headers] = await responseTo(request);
    response
      .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
      .end(JSON.stringify(body));
  };

  async function responseTo(request: IncomingMessage): Promise<IssuerResponse> {
    const [path] = (request.url ?? '').split('?');
    switch (`${request.method} ${path}`) {
      case 'GET /.well-known/openid-configuration':
        return [
          200,
          {
            issuer: url,
            jwks_uri: `${url}/.well-known/jwks.json`,
            token_endpoint: `${url}/oauth2/token`,
            token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
            grant_types_supported: ['client_credentials'],
            scopes_supported: readAndWrite.split(' '),
            response_types_supported: [],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
          },
        ];
      case 'GET /.well-known/jwks.json':
        return [200, { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] }];
      case 'POST /oauth2/token':
        return token(request);
      default:
        return [404, { error: 'not_found' }];
    }
  }
}

type SigningKey = JWK & { readonly kty: string; readonly kid: string };

/** Reads the private key from the file. Creates one if the file is missing or incomplete. */
async function signingKey(file: string | undefined): Promise<SigningKey> {
  const stored: SigningKey | '' | undefined =
    file &&
    (await readFile(file, 'utf8')
      .then(JSON.parse)
      .catch(() => undefined));
  if (stored) return stored;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const { kty = 'RSA', ...members } = await exportJWK(privateKey);
  const created = { ...members, kty, kid: randomUUID() };
  if (file) await writeFile(file, JSON.stringify(created), { mode: 0o600 });
  return created;
}

/** Reads the credentials from HTTP Basic, whose parts are form-encoded (RFC 6749, 2.3.1), otherwise from the form. */
function credentialsIn(authorization: string | undefined, form: URLSearchParams): Pick<LocalClient, 'id' | 'secret'> {
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' };
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return { id: formDecoded(id), secret: formDecoded(secret.join(':')) };
}

function formDecoded(value: string): string {
  return new URLSearchParams(`value=${value.replaceAll('&', '%26')}`).get('value') ?? '';
}
