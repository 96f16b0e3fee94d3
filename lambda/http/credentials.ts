import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Violation } from '../appointment/violation.ts';
import { type BodyStep, mediaType } from './decode-body.ts';
import { errorResponse, type HttpResponse, unprocessable } from './http-response.ts';

export type Credentials = { readonly client_id: string; readonly client_secret: string };

/** Client credentials, or the error response to a request without valid ones. */
export type CredentialsOutcome =
  | { readonly outcome: 'read'; readonly credentials: Credentials }
  | { readonly outcome: 'rejected'; readonly response: HttpResponse };

type Headers = APIGatewayProxyEventV2['headers'];

const form = 'application/x-www-form-urlencoded';

/** Step: 415 unless the body is JSON or a form. With HTTP Basic, the body is optional. */
export const requireJsonOrForm: BodyStep = ({ event: { headers, body = '' } }) => {
  if (body === '' && basicIn(headers) !== undefined) return undefined;
  const { problem } = mediaType(
    headers,
    /^application\/(?:json|x-www-form-urlencoded)$/,
    `application/json or ${form}`,
  );
  return problem === undefined ? undefined : errorResponse('InvalidContentTypeError', { message: problem });
};

/** Reads the client credentials from HTTP Basic, a JSON body, or a form body. Otherwise it returns a 400, 401, or 422. */
export function readCredentials(headers: Headers, body: string): CredentialsOutcome {
  const basic = basicIn(headers);
  const members = body === '' && basic !== undefined ? {} : membersOf(headers, body);
  if (members === undefined) return badRequest('The body is not valid JSON.');
  const { client_id = null, client_secret = null, grant_type = null } = members;
  if (grant_type !== null && grant_type !== 'client_credentials') {
    return badRequest('The grant_type must be client_credentials.');
  }
  if (basic === undefined) return credentialsOf(client_id, client_secret);
  if (basic === malformed) return rejected(wrongCredentials());
  if ((client_id ?? basic.id) !== basic.id || (client_secret ?? basic.secret) !== basic.secret) {
    return badRequest(
      'The credentials in the body differ from those in the Authorization header. Send them in one place.',
    );
  }
  return credentialsOf(basic.id, basic.secret);
}

/** 401. It does not say which of the two is wrong. */
export function wrongCredentials(): HttpResponse {
  return errorResponse('UnauthorizedError');
}

/** The members of the body; undefined if it is not valid JSON. Any text is a valid form. */
function membersOf(headers: Headers, body: string): Partial<Record<string, unknown>> | undefined {
  if (mediaType(headers, /./, '').type === form) return Object.fromEntries(new URLSearchParams(body));
  try {
    return Object(JSON.parse(body));
  } catch {
    return undefined;
  }
}

const malformed = 'malformed';

/** The credentials in HTTP Basic, each percent-encoded (RFC 6749, section 2.3.1); undefined if the header is not HTTP Basic. */
function basicIn({ authorization = '' }: Headers): { id: string; secret: string } | typeof malformed | undefined {
  if (!/^Basic(?: |$)/i.test(authorization)) return undefined;
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? [];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (id === undefined || secret === undefined) return malformed;
  try {
    return { id: decoded(id), secret: decoded(secret) };
  } catch {
    return malformed;
  }
}

function decoded(part: string): string {
  return decodeURIComponent(part.replaceAll('+', ' '));
}

/** The limit of a client_id and of a client_secret. */
export const maxCredentialCharacters = 1_024;

function credentialsOf(client_id: unknown, client_secret: unknown): CredentialsOutcome {
  const violations = [...violationsOf('client_id', client_id), ...violationsOf('client_secret', client_secret)];
  if (typeof client_id !== 'string' || typeof client_secret !== 'string' || violations.length > 0) {
    return rejected(unprocessable(violations));
  }
  // RFC 6749, appendix A, allows visible ASCII characters and spaces. Other characters could make an issuer fail.
  return /^[\x20-\x7e]*$/.test(client_id + client_secret)
    ? { outcome: 'read', credentials: { client_id, client_secret } }
    : rejected(wrongCredentials());
}

function violationsOf(name: keyof Credentials, value: unknown): Violation[] {
  const violation = (rule: string) => [
    { path: `/${name}`, rule, message: `${name} must be a string of 1 to ${maxCredentialCharacters} characters` },
  ];
  if (value === null) return violation('required');
  if (typeof value !== 'string') return violation('type');
  if (value === '') return violation('minLength');
  return value.length > maxCredentialCharacters ? violation('maxLength') : [];
}

function badRequest(message: string): CredentialsOutcome {
  return rejected(errorResponse('BadRequestError', { message }));
}

function rejected(response: HttpResponse): CredentialsOutcome {
  return { outcome: 'rejected', response };
}
