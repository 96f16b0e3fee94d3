import { OutcomeUnknownError, ThrottledError } from '../appointment/errors.ts';
import { environment } from '../runtime/environment.ts';

/** The token in the form of the contract. `expires_in` is in seconds. */
export type Token = { readonly access_token: string; readonly expires_in: number; readonly token_type: 'Bearer' };

export type TokenOutcome =
  | { readonly outcome: 'issued'; readonly token: Token }
  | { readonly outcome: 'wrong_credentials' };

const tokenUrl = environment('TOKEN_URL');
const audience = process.env.AUDIENCE;

/** The issuer's timeout, in milliseconds. */
export const issuerTimeoutMs = 5_000;

/**
 * Exchanges client credentials for an access token at the issuer (OAuth 2.0 client credentials grant).
 * @throws ThrottledError if the issuer throttles, OutcomeUnknownError if it does not respond or its response contains no token
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
  if (isRefusal(response.status) && !serviceErrors.has(body.error)) return { outcome: 'wrong_credentials' };
  if (!response.ok) throw new OutcomeUnknownError(`the issuer responded ${response.status}`);
  const { access_token, expires_in } = body;
  if (typeof access_token !== 'string' || typeof expires_in !== 'number') {
    throw new OutcomeUnknownError('the issuer responded without a token');
  }
  return { outcome: 'issued', token: { access_token, expires_in, token_type: 'Bearer' } };
}

/**
 * Whether the issuer rejects the credentials. Only they differ between requests, so any rejection is about them, whatever the
 * issuer calls it: `invalid_client`, `access_denied`, or `invalid_request` for a malformed client_id.
 */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![404, 405, 408].includes(status);
}

/** OAuth errors that this service causes, not the client's credentials. */
const serviceErrors: ReadonlySet<unknown> = new Set(['unsupported_grant_type', 'invalid_scope', 'invalid_target']);

async function post(form: Record<string, string>): Promise<Response> {
  // Both attempts share one timeout.
  const signal = AbortSignal.timeout(issuerTimeoutMs);
  // A redirect could send the secret to another host.
  const request = { method: 'POST', body: new URLSearchParams(form), redirect: 'error', signal } as const;
  const attempt = () => fetch(tokenUrl, request);
  try {
    return await attempt().catch((error) => (isReset(error) ? attempt() : Promise.reject(error)));
  } catch (error) {
    throw new OutcomeUnknownError('the issuer did not respond', { cause: error });
  }
}

/** Whether the connection was closed. An idle connection may close while Lambda freezes the function. */
function isReset({ cause }: Error): boolean {
  const { code }: { code?: unknown } = Object(cause);
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}
