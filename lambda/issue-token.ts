import { readCredentials, wrongCredentials } from './http/credentials.ts';
import { openEndpoint } from './http/endpoint.ts';
import { ok } from './http/http-response.ts';
import { requestToken } from './token/request-token.ts';

/** POST /api/auth/v2/token: exchanges client credentials for a bearer token, in the format of the vendor's SDKs. */
export const handler = openEndpoint(async ({ headers, body }) => {
  const read = readCredentials(headers, body);
  if (read.outcome === 'rejected') return read.response;
  const issued = await requestToken(read.credentials.client_id, read.credentials.client_secret);
  return issued.outcome === 'issued' ? ok(issued.token) : wrongCredentials();
});
