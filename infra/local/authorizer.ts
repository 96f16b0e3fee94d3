import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Route } from '../synthesized-stack.ts';

/** The value of `requestContext.authorizer` for the function, or the reason why the authorizer rejects the token. */
export type Authorized =
  | { readonly jwt: { readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] | null } }
  | { readonly status: 401; readonly reason: string | undefined }
  | { readonly status: 403 };

/** Checks a token as API Gateway's JWT authorizer does: signature (RS256), issuer, times, audience, then one of the route's scopes. */
export async function authorize(header: string | undefined, route: NonNullable<Route['jwt']>): Promise<Authorized> {
  const token = header?.replace(/^Bearer /, '');
  if (!token) return { status: 401, reason: undefined };
  let claims: JWTPayload;
  try {
    if (token.split('.').length !== 3) return rejected('token contains an invalid number of segments');
    if (decodeProtectedHeader(token).kid === undefined) return rejected('the token has no kid');
    const options = { issuer: route.issuer, algorithms: ['RS256'], requiredClaims: ['exp'] };
    ({ payload: claims } = await jwtVerify(token, await keysOf(route.issuer), options));
  } catch (error) {
    return rejected(error instanceof Error ? error.message : 'invalid');
  }
  if (claims.iat !== undefined && claims.iat > Date.now() / 1_000)
    return rejected('the token was issued in the future');
  if (!hasAudience(claims, route.audiences)) return rejected('the token does not have a valid audience');
  const scopes = scopesOf(claims);
  if (route.scopes.length > 0 && !route.scopes.some((scope) => scopes.includes(scope))) return { status: 403 };
  return { jwt: { claims: asStrings(claims), scopes: route.scopes.length > 0 ? scopes : null } };
}

// API Gateway's reasons have no commas. A quote would end the header's value.
function rejected(reason: string): Authorized {
  return { status: 401, reason: reason.replaceAll(/[",\\]/g, '') };
}

const keySets = new Map<string, JWTVerifyGetKey>();
/** Milliseconds; API Gateway's timeout for the issuer. */
const timeoutDuration = 1_500;

async function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const cached = keySets.get(issuer);
  if (cached) return cached;
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(discovery, { signal: AbortSignal.timeout(timeoutDuration) });
  const { jwks_uri }: { jwks_uri?: string } = JSON.parse(await response.text());
  if (!jwks_uri) throw new Error('OIDC discovery endpoint communication error');
  const keys = createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration });
  keySets.set(issuer, keys);
  return keys;
}

/** `client_id` is the audience only of a token without `aud`. */
function hasAudience({ aud, client_id }: JWTPayload, audiences: readonly string[]): boolean {
  const tokenAudiences = aud === undefined ? [client_id] : [aud].flat();
  return audiences.some((audience) => tokenAudiences.includes(audience));
}

function scopesOf({ scope, scp }: JWTPayload): string[] {
  const scopes = scope ?? scp;
  if (Array.isArray(scopes)) return scopes.map(String);
  return typeof scopes === 'string' ? scopes.split(' ') : [];
}

/** API Gateway passes every claim as a string: an array as `[a b]`, an object as `map[k:v]`. It removes null claims. */
function asStrings(claims: JWTPayload): Record<string, string> {
  const set = Object.entries(claims).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, asString(value)]));
}

function asString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asString).join(' ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `map[${Object.entries(value)
      .map(([name, member]) => `${name}:${asString(member)}`)
      .join(' ')}]`;
  }
  return String(value);
}
