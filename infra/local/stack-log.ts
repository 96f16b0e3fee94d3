import type { Writable } from 'node:stream';
import { inspect } from 'node:util';
import type { Database } from './database.ts';
import { localClients } from './local-issuer.ts';

/** A request and its response, without data that must not be in a log: query string, values, names of unknown fields. */
export type RequestLine = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly errorName?: string | undefined;
  /** The reason, if the response is the gateway's own. */
  readonly reason?: string | undefined;
  readonly violations?: readonly { readonly path: string; readonly rule: string }[] | undefined;
  /** The injected fault. */
  readonly fault?: string | undefined;
  readonly milliseconds: number;
  readonly requestId?: string;
};

/** Removes the query from a URL. An encoded question mark also starts the query, because API Gateway decodes the path. */
export function pathForLog(url: string): string {
  return url.replace(/(?:\?|%3f).*/i, '');
}

/** A line that a function logged, as in Lambda's log. */
export type FunctionLine = { readonly level?: string; readonly message: unknown };

/** The addresses of a local stack. */
export type StackAddresses = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly database: Pick<Database, 'endpoint' | 'name'>;
};

/** The log of a local stack. */
export type StackLog = {
  /** The stack is ready. This is the first entry of a log. */
  readonly started: (addresses: StackAddresses) => void;
  readonly request: (line: RequestLine) => void;
  readonly functionLine: (functionName: string, line: FunctionLine) => void;
  /** An error with message and stack. A deployed function logs only the error's name. */
  readonly error: (source: string, explanation: string) => void;
  readonly notice: (text: string) => void;
};

/** A log for a person at a terminal. */
export function terminalLog(output: Writable): StackLog {
  const print = (text: string) => output.write(`${text}\n`);
  return {
    started: (addresses) => print(introduction(addresses)),
    request: (line) => print(textOf(line)),
    functionLine: (name, line) => {
      if (!isDuplicate(line)) print(`${name}: ${asText(line.message)}`);
    },
    error: (source, explanation) => print(`${source}: ${explanation}`),
    notice: print,
  };
}

/** A log for a program: one JSON object for each line. */
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
      if (!isDuplicate(line)) print({ function: name, ...line });
    },
    error: (source, error) => print({ source, error }),
    notice: (notice) => print({ notice }),
  };
}

/** A log that discards everything. */
export const silentLog: StackLog = {
  started: () => {},
  request: () => {},
  functionLine: () => {},
  error: () => {},
  notice: () => {},
};

/** Whether a function's line only repeats part of what `request` or `error` logs. */
function isDuplicate({ message }: FunctionLine): boolean {
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

Ctrl-C stops it. One line per request:
`;
}
