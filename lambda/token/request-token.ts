import { Throttled, Unavailable } from '../appointment/unanswered.ts';
import { environment } from '../runtime/environment.ts';

/** The issuer's answer, in the contract's form; `expires_in` in seconds. */
export type Token = { readonly access_token: string; readonly expires_in: number; readonly token_type: 'Bearer' };

const tokenUrl = environment('TOKEN_URL');
const audience = process.env.AUDIENCE;

/** The issuer has this long to answer, in milliseconds. */
export const issuerTimeout = 5_000;

/**
 * Exchanges client credentials for an access token (OAuth 2.0 client credentials grant); undefined where they are wrong.
 * @throws Throttled when the issuer says so, Unavailable when it does not answer or says what it should not
 */
export async function requestToken(clientId: string, clientSecret: string): Promise<Token | undefined> {
  const response = await ask({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(audience && { audience }),
  });
  const answer: Partial<Record<string, unknown>> = Object(await response.json().catch(() => undefined));
  if (response.status === 429) throw new Throttled('the issuer throttles');
  if (!response.ok) {
    if (wrongCredentials.has(answer.error)) return undefined;
    throw new Unavailable(`the issuer answered ${response.status}`);
  }
  const { access_token, expires_in } = answer;
  if (typeof access_token !== 'string' || typeof expires_in !== 'number') {
    throw new Unavailable('the issuer answered no token');
  }
  return { access_token, expires_in, token_type: 'Bearer' };
}

// RFC 6749, 5.2; Auth0 says access_denied.
const wrongCredentials: ReadonlySet<unknown> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_grant',
  'access_denied',
]);

async function ask(form: Record<string, string>): Promise<Response> {
  try {
    return await fetch(tokenUrl, {
      method: 'POST',
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(issuerTimeout),
    });
  } catch (error) {
    throw new Unavailable('the issuer does not answer', { cause: error });
  }
}
