import { CandidApiClient } from 'candidhealth';
import { useStack } from './use-stack.ts';

await useStack();

export type Credentials = {
  readonly id: string;
  readonly secret: string;
  /** The client's organization. If it is not set, the organization has the client's name. */
  readonly organization?: string;
};

/** The credentials of a client, by its name in the local stack. For a deployed stack, the environment variable CLIENTS has them. */
export function credentialsOf(name: string): Credentials {
  const deployed: Record<string, Credentials> = JSON.parse(process.env.CLIENTS ?? '{}');
  return deployed[name] ?? { id: name, secret: `${name}-secret` };
}

/** The organization of a client, by the client's name in the local stack. */
export function organizationOf(name: string): string {
  return credentialsOf(name).organization ?? name;
}

/** The vendor's SDK, unmodified, with the credentials of one of the stack's clients. */
export function sdk(client = 'acme'): CandidApiClient {
  const { id, secret } = credentialsOf(client);
  return new CandidApiClient({
    clientId: id,
    clientSecret: secret,
    environment: { candidApi: authUrl(), preEncounter: apiUrl() },
  });
}

/** The SDK's appointments client. */
export function appointments(client?: string): CandidApiClient['preEncounter']['appointments']['v1'] {
  return sdk(client).preEncounter.appointments.v1;
}

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined if it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: each test checks the shape that it expects
  readonly json: any;
};

export type RequestOptions = {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** A plain HTTP request. A body that is neither text nor bytes is sent as JSON. */
export async function send(method: string, url: string, options: RequestOptions = {}): Promise<Reply> {
  const { token, body, headers } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

const tokens = new Map<string, Promise<string>>();

/** A token of one of the stack's clients. */
export function tokenOf(client: string): Promise<string> {
  const { id, secret } = credentialsOf(client);
  const token =
    tokens.get(client) ??
    send('POST', `${authUrl()}/api/auth/v2/token`, {
      body: { client_id: id, client_secret: secret },
    }).then(({ json }) => String(json.access_token));
  tokens.set(client, token);
  return token;
}

/** Sends a request to the appointments API. `path` is what follows `/appointments/v1`. Without a `token`, the caller is `acme`. */
export async function call(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  return send(method, `${apiUrl()}/appointments/v1${path}`, { token: await tokenOf('acme'), ...options });
}

/** Creates an appointment and returns it as the service responded. */
export async function created(body: unknown): Promise<Reply['json']> {
  const { status, text, json } = await call('POST', '', { body });
  if (status !== 200) throw new Error(`The create returned ${status}: ${text}`);
  return json;
}

export function apiUrl(): string {
  return process.env.API_URL ?? '';
}

export function authUrl(): string {
  return process.env.AUTH_URL ?? '';
}
