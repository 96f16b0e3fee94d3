import { OutcomeUnknownError, ThrottledError } from '../appointment/errors.ts';
import { environment } from '../runtime/environment.ts';

/** The contract's token; `expires_in` in seconds. */
export type Token = { readonly access_token: string; readonly expires_in: number; readonly token_type: 'Bearer' };

export type TokenOutcome =
  | { readonly outcome: 'issued'; readonly token: Token }
  | { readonly outcome: 'wrong_credentials' };

const tokenUrl = environment('TOKEN_URL');
const audience = process.env.AUDIENCE;

/** How long the issuer may take to respond, in milliseconds. */
export const issuerTimeout = 5_000;

/**
 * Exchanges client credentials for an access token at the issuer (OAuth 2.0 client credentials grant).
 * @throws ThrottledError if the issuer throttles, OutcomeUnknownError if it does not respond or its response makes no sense
 */
export async function requestToken(clientId: string, clientSecret: string): Promise<TokenOutcome> {
  const response = await post({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(audience && { audience }),
  });
  const body: Partial<Record<string, unknown>> = Object(await response.json().catch(() => undefined));
  if (response.status === 429) throw new ThrottledError('the issuer throttles');
  if (!response.ok) {
    if (wrongCredentials.has(body.error)) return { outcome: 'wrong_credentials' };
    throw new OutcomeUnknownError(`the issuer responded ${response.status}`);
  }
  const { access_token, expires_in } = body;
  if (typeof access_token !== 'string' || typeof expires_in !== 'number') {
    throw new OutcomeUnknownError('the issuer responded without a token');
  }
  return { outcome: 'issued', token: { access_token, expires_in, token_type: 'Bearer' } };
}

// RFC 6749, 5.2; Auth0 says access_denied.
const wrongCredentials: ReadonlySet<unknown> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_grant',
  'access_denied',
]);

async function post(form: Record<string, string>): Promise<Response> {
  try {
    return await fetch(tokenUrl, {
      method: 'POST',
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(issuerTimeout),
    });
  } catch (error) {
    throw new OutcomeUnknownError('the issuer did not respond', { cause: error });
  }
}
