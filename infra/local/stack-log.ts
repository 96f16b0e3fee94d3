import type { Writable } from 'node:stream';
import { inspect } from 'node:util';
import type { Database } from './database.ts';
import { localClients } from './local-issuer.ts';

/** A request and its response, without anything that a client may not find in a log: a query string, a value, an unknown field. */
export type RequestLine = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly errorName?: string | undefined;
  /** Why, if the gateway itself responded. */
  readonly reason?: string | undefined;
  readonly violations?: readonly { readonly path: string; readonly rule: string }[] | undefined;
  /** The fault that the request asked for. */
  readonly fault?: string | undefined;
  readonly milliseconds: number;
  readonly requestId?: string;
};

/** A URL without its query, which begins at an encoded question mark too: API Gateway decodes the path. */
export function pathForLog(url: string): string {
  return url.replace(/(?:\?|%3f).*/i, '');
}

/** A line that a function wrote, as Lambda's log has it. */
export type FunctionLine = { readonly level?: string; readonly message: unknown };

/** Where a local stack is. */
export type StackAddresses = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly database: Pick<Database, 'endpoint' | 'name'>;
};

/** What a local stack reports. */
export type StackLog = {
  /** It is ready. Nothing comes before this. */
  readonly started: (addresses: StackAddresses) => void;
  readonly request: (line: RequestLine) => void;
  readonly functionLine: (functionName: string, line: FunctionLine) => void;
  /** An error in full. A deployed function logs only its name. */
  readonly error: (source: string, explanation: string) => void;
  readonly notice: (text: string) => void;
};

/** For a person at a terminal. */
export function terminalLog(output: Writable): StackLog {
  const print = (text: string) => output.write(`${text}\n`);
  return {
    started: (addresses) => print(introduction(addresses)),
    request: (line) => print(textOf(line)),
    functionLine: (name, line) => {
      if (!isRepeated(line)) print(`${name}: ${asText(line.message)}`);
    },
    error: (source, explanation) => print(`${source}: ${explanation}`),
    notice: print,
  };
}

/** For a program: one JSON object per line. */
export function jsonLog(output: Writable): StackLog {
  const print = (entry: object) => output.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
  return {
    started: ({ apiUrl, authUrl, database }) =>
      print({
        apiUrl,
        authUrl,
        tokenUrl: tokenUrl(authUrl),
        docsUrl: `${apiUrl}/docs`,
        databaseUrl: database.endpoint,
        clients: localClients.map(({ id, secret, ...client }) => ({ client_id: id, client_secret: secret, ...client })),
      }),
    request: print,
    functionLine: (name, line) => {
      if (!isRepeated(line)) print({ function: name, ...line });
    },
    error: (source, error) => print({ source, error }),
    notice: (notice) => print({ notice }),
  };
}

/** For nobody. */
export const silentLog: StackLog = {
  started: () => {},
  request: () => {},
  functionLine: () => {},
  error: () => {},
  notice: () => {},
};

/** The function's own line of a request, or of an error: `request` and `error` have it, with more. */
function isRepeated({ message }: FunctionLine): boolean {
  const { status, route, errorType }: { status?: unknown; route?: unknown; errorType?: unknown } = Object(message);
  return (status !== undefined && route !== undefined) || errorType !== undefined;
}

function asText(message: unknown): string {
  return typeof message === 'string' ? message : inspect(message, { depth: 10, breakLength: Number.POSITIVE_INFINITY });
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** `PUT /appointments/v1/…/2  409 VersionConflictError  7 ms` */
function textOf({ method, path, status, errorName, reason, violations, fault, milliseconds }: RequestLine): string {
  return [
    `${method} ${path.replaceAll(uuid, '…')}`,
    errorName ? `${status} ${errorName}` : status,
    `${milliseconds} ms`,
    violations?.map((violation) => `${violation.path || 'the body'} ${violation.rule}`).join(', '),
    reason,
    fault && `fault: ${fault}`,
  ]
    .filter((part) => part !== undefined)
    .join('  ');
}

function tokenUrl(authUrl: string): string {
  return `${authUrl}/api/auth/v2/token`;
}

function introduction({ apiUrl, authUrl, database }: StackAddresses): string {
  const [client] = localClients;
  return `
Appointments service
  API       ${apiUrl}
  Docs      ${apiUrl}/docs
  Tokens    ${tokenUrl(authUrl)}
  Database  ${database.endpoint} (${database.name})

Clients, as client_id / client_secret
${localClients.map(({ id, secret, scope, organization_id }) => `  ${`${id} / ${secret}`.padEnd(24)}organization ${organization_id ?? `client:${id}`}, ${scope}`).join('\n')}
  NAME / NAME-secret      organization NAME, for any NAME

To try it, copy this into another terminal:

  TOKEN=$(curl -s ${tokenUrl(authUrl)} -H 'content-type: application/json' \\
    -d '{"client_id":"${client.id}","client_secret":"${client.secret}"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')

  curl -si ${apiUrl}/appointments/v1 -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"patient_id":"p-1","start_timestamp":"2026-03-02T09:00:00Z","service_duration":30,"services":[]}'

Ctrl-C ends it. One line per request:
`;
}
