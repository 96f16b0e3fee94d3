import { CandidApiClient } from 'candidhealth';

/** The vendor's own SDK, unmodified, as a client of the local stack. */
export function sdk(clientId = 'acme', clientSecret = `${clientId}-secret`): CandidApiClient {
  return new CandidApiClient({ clientId, clientSecret, environment: { candidApi: authUrl(), preEncounter: apiUrl() } });
}

/** The SDK's client of the appointments. */
export function appointments(clientId?: string): CandidApiClient['preEncounter']['appointments']['v1'] {
  return sdk(clientId).preEncounter.appointments.v1;
}

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
  readonly json: any;
};

export type RequestOptions = {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** A plain HTTP request. A body that is no text is sent as JSON. */
export async function send(method: string, url: string, options: RequestOptions = {}): Promise<Reply> {
  const { token, body, headers } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) };
}

const tokens = new Map<string, Promise<string>>();

/** A token of one of the local issuer's clients. */
export function tokenOf(clientId: string): Promise<string> {
  const token =
    tokens.get(clientId) ??
    send('POST', `${authUrl()}/api/auth/v2/token`, {
      body: { client_id: clientId, client_secret: `${clientId}-secret` },
    }).then(({ json }) => String(json.access_token));
  tokens.set(clientId, token);
  return token;
}

/** A request to the appointments API (`path` after `/appointments/v1`), as the local client `acme` unless `token` says otherwise. */
export async function call(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  return send(method, `${apiUrl()}/appointments/v1${path}`, { token: await tokenOf('acme'), ...options });
}

/** Creates an appointment, and gives back what the service answered. */
export async function created(body: unknown): Promise<Reply['json']> {
  const { status, text, json } = await call('POST', '', { body });
  if (status !== 200) throw new Error(`The create was answered ${status}: ${text}`);
  return json;
}

export function apiUrl(): string {
  return process.env.API_URL ?? '';
}

export function authUrl(): string {
  return process.env.AUTH_URL ?? '';
}
