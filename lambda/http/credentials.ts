import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Violation } from '../appointment/violation.ts';
import { type Answer, failure, invalid } from './answer.ts';

export type Credentials = { readonly client_id: string; readonly client_secret: string };

const mostCharacters = 1_024;

/** The client credentials in a JSON or a form body, or the answer (415, 400, 422) to what is neither. */
export function readCredentials({ headers, body = '' }: APIGatewayProxyEventV2): Credentials | Answer {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return credentialsIn(Object.fromEntries(new URLSearchParams(body)));
  if (type !== 'application/json') {
    const message = 'The content-type must be application/json or application/x-www-form-urlencoded.';
    return failure('InvalidContentTypeError', { message });
  }
  try {
    return credentialsIn(JSON.parse(body));
  } catch {
    return failure('BadRequestError', { message: 'The body is not valid JSON.' });
  }
}

function credentialsIn(value: unknown): Credentials | Answer {
  const { client_id, client_secret }: Partial<Record<string, unknown>> = Object(value);
  if (isCredential(client_id) && isCredential(client_secret)) return { client_id, client_secret };
  const violations: Violation[] = Object.entries({ client_id, client_secret })
    .filter(([, credential]) => !isCredential(credential))
    .map(([name, credential]) => ({
      path: `/${name}`,
      rule: credential === undefined ? 'required' : 'type',
      message: `${name} must be a text of 1 to ${mostCharacters} characters`,
    }));
  return invalid(violations);
}

function isCredential(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= mostCharacters;
}
