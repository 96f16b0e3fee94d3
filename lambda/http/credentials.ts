import type { Violation } from '../appointment/violation.ts';
import { errorResponse, type HttpResponse, unprocessable } from './http-response.ts';

export type Credentials = { readonly client_id: string; readonly client_secret: string };

/** Client credentials, or the response to a body that has none. */
export type CredentialsOutcome =
  | { readonly outcome: 'read'; readonly credentials: Credentials }
  | { readonly outcome: 'rejected'; readonly response: HttpResponse };

/** The client credentials in a JSON or a form body; 415, 400 or 422 otherwise. */
export function readCredentials(contentType: string | undefined, body: string): CredentialsOutcome {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return credentialsIn(Object.fromEntries(new URLSearchParams(body)));
  if (type !== 'application/json') {
    const message = 'The content-type must be application/json or application/x-www-form-urlencoded.';
    return rejected(errorResponse('InvalidContentTypeError', { message }));
  }
  try {
    return credentialsIn(JSON.parse(body));
  } catch {
    return rejected(errorResponse('BadRequestError', { message: 'The body is not valid JSON.' }));
  }
}

const maxCharacters = 1_024;

function credentialsIn(value: unknown): CredentialsOutcome {
  const { client_id, client_secret }: Partial<Record<string, unknown>> = Object(value);
  if (isCredential(client_id) && isCredential(client_secret)) {
    return { outcome: 'read', credentials: { client_id, client_secret } };
  }
  const violations: Violation[] = Object.entries({ client_id, client_secret })
    .filter(([, credential]) => !isCredential(credential))
    .map(([name, credential]) => ({
      path: `/${name}`,
      rule: credential === undefined ? 'required' : 'type',
      message: `${name} must be a string of 1 to ${maxCharacters} characters`,
    }));
  return rejected(unprocessable(violations));
}

function isCredential(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxCharacters;
}

function rejected(response: HttpResponse): CredentialsOutcome {
  return { outcome: 'rejected', response };
}
