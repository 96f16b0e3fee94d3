import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { send } from '../support/api.ts';
import { Progress } from '../support/progress.ts';
import { anItem } from '../support/table.ts';
import { startFilledService } from './filled-service.ts';

// npm run load: the local stack in a process of its own, driven over HTTP from this one.

const help = `npm run load [-- [--seconds N] [--appointments N]]

Drives the local stack: throughput and latency (milliseconds: mean and percentiles) of updates at 1, 16 and 64 connections;
of updates, reads and scans of a full page beside each other; and whether they grow with the versions of an appointment, the
appointments of the organization, and the organizations.

  --seconds N        of every measurement: 10 by default
  --appointments N   how many the organization is grown to: 100000 by default, 1000 at least`;

const { values } = commandLine(help, {
  options: { seconds: { type: 'string', default: '10' }, appointments: { type: 'string', default: '100000' } },
});
const [seconds, appointments] = [Number(values.seconds), Number(values.appointments)];
if (!(seconds > 0 && appointments >= 1_000)) {
  refuse(help, '--seconds must be above 0, and --appointments at least 1000');
}

type Kind = 'update' | 'get' | 'scan';

/** What is measured. Left out: updates, one connection, to a new appointment of its own, alone in its organization, of 1 KB at most. */
type Case = {
  readonly name: string;
  readonly kinds?: readonly Kind[];
  /** Of cases that the cost must not grow with. */
  readonly flat?: string;
  readonly connections?: number;
  readonly contended?: boolean;
  readonly version?: number;
  /** Appointments in the table besides, older than the measured ones, and of whom. */
  readonly others?: number;
  readonly organizationOf?: (n: number) => string;
  readonly body?: Record<string, unknown>;
};

/** The changes of a full page. */
const page = 100;

const kinds: readonly Kind[] = ['update', 'get', 'scan'];
const sizes = [100, 1_000, 10_000, 100_000].filter((size) => size <= appointments);

const cases: readonly Case[] = [
  ...[1, 16, 64].map((connections) => ({ name: `connections: ${connections}`, connections })),
  ...[1, 16, 64].map((connections) => ({
    name: `connections to one appointment: ${connections}`,
    connections,
    contended: true,
  })),
  ...[1, 100, 10_000].map((version) => ({ name: `versions: ${version}`, flat: 'versions', version })),
  ...sizes.map((others) => ({
    name: `appointments of the organization: ${others}`,
    flat: 'appointments of the organization',
    kinds,
    others,
    organizationOf: () => 'acme',
  })),
  ...[1, 1_000].map((organizations) => ({
    name: `organizations: ${organizations}`,
    flat: 'organizations',
    kinds,
    others: 1_000,
    organizationOf: (n: number) => (n < page ? 'acme' : `org-${n % organizations}`),
  })),
  ...[1, 16, 64, 250].map((kilobytes) => ({ name: `KB of the body: ${kilobytes}`, body: bodyOf(kilobytes) })),
];

/** How much more than the least of its group an update may cost that must not grow: half of it is this machine's mood. */
const maxGrowth = 2;

const milliseconds = new Map<string, number[]>();
const progress = new Progress(cases.length, `services measured, ${seconds} s for each kind of request`);
let succeeded = true;
console.log(row(['', 'per second', 'ms', 'p50', 'p97.5', 'p99', '200', '409', 'other']));
for (const one of cases) {
  await measure(one);
  progress.advance();
}
for (const [group, each] of milliseconds) {
  const growth = Math.max(...each.slice(1)) / Math.min(...each);
  const flat = growth <= maxGrowth;
  succeeded &&= flat;
  console.log(`flat in the ${group}: at most ${growth.toFixed(1)} times the least ${flat ? '✓' : '✗'}`);
}
process.exit(succeeded ? 0 : 1);

/** Measures the case on a stack of its own, and prints a line for each kind of request. */
async function measure(one: Case): Promise<void> {
  const { connections = 1, contended, version = 1, others = 0, organizationOf } = one;
  const ids = Array.from({ length: contended ? 1 : connections }, () => randomUUID());
  const warmUp = randomUUID();
  const now = Date.now();
  const items = [
    anItem({ id: warmUp, updated_at: new Date(now - 1_000_000).toISOString() }),
    ...ids.map((id) => anItem({ id, version, updated_at: new Date(now - 1_000_000).toISOString() })),
    ...Array.from({ length: others }, (_, n) =>
      anItem({ organization: organizationOf?.(n) ?? 'acme', updated_at: new Date(now - 900_000 - n).toISOString() }),
    ),
  ];
  const history = ids.flatMap((id) => Array.from({ length: version - 1 }, (_, n) => anItem({ id, version: n + 1 })));
  const service = await startFilledService(items, history);
  const load = {
    ...service,
    body: JSON.stringify(one.body ?? anAppointment()),
    since: new Date(now - 900_000 - page + 1).toISOString(),
    version,
  };
  for (const kind of one.kinds ?? (['update'] as const)) {
    // How the function starts, and how V8 comes to know it, is measured elsewhere.
    await loadOf({ ...load, kind, ids: [warmUp], version: 1, duration: 1 });
    const spread = Array.from({ length: connections }, (_, i) => ids[i % ids.length] ?? '');
    const result = await loadOf({ ...load, kind, ids: spread, duration: seconds });
    print(one, kind, result);
  }
  await service.stop();
}

function print({ name, flat, kinds }: Case, kind: Kind, { statuses, errors, duration, latency }: Result): void {
  const [won = 0, lost = 0] = [statuses.get(200), statuses.get(409)];
  const other = [...statuses.values()].reduce((sum, each) => sum + each, 0) - won - lost + errors;
  succeeded &&= won > 0 && other === 0;
  const { average, p50, p97_5, p99 } = latency;
  const group = `${flat}, ${kind}`;
  if (flat) milliseconds.set(group, [...(milliseconds.get(group) ?? []), (1_000 * duration) / won]);
  const figures = [p50, p97_5, p99, won, lost, other].map(String);
  console.log(row([kinds ? `${name}, ${kind}` : name, (won / duration).toFixed(0), average.toFixed(1), ...figures]));
}

type Load = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly kind: Kind;
  /** A connection for each of them; the same one may come more than once. */
  readonly ids: readonly string[];
  readonly version: number;
  readonly body: string;
  readonly since: string;
  readonly duration: number;
};

type Result = Awaited<ReturnType<typeof loadOf>>;

/** Each connection sends its next request once the one before is answered; an update asks for the next version. */
async function loadOf({ apiUrl, authUrl, kind, ids, version, body, since, duration }: Load) {
  const client = { client_id: 'acme', client_secret: 'acme-secret' };
  const { json } = await send('POST', `${authUrl}/api/auth/v2/token`, { body: client });
  const headers = { authorization: `Bearer ${json.access_token}`, 'content-type': 'application/json' };
  const latest = new Map<string, number>();
  const statuses = new Map<number, number>();
  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const free = [...ids];

  const requests: Record<Kind, (id: string) => autocannon.Request> = {
    get: (id) => ({ method: 'GET', headers, path: `/appointments/v1/${id}`, onResponse: count }),
    scan: () => ({ method: 'GET', headers, path: `/appointments/v1/updates/scan?since=${since}`, onResponse: count }),
    update: (id) => {
      let next = 0;
      return {
        method: 'PUT',
        headers,
        body,
        setupRequest: (request) => {
          next = (latest.get(id) ?? version) + 1;
          return { ...request, path: `/appointments/v1/${id}/${next}` };
        },
        onResponse: (status) => {
          count(status);
          if (status === 200) latest.set(id, Math.max(next, latest.get(id) ?? 0));
        },
      };
    },
  };

  const result = await autocannon({
    url: apiUrl,
    connections: ids.length,
    duration,
    setupClient: (connection) => connection.setRequests([requests[kind](free.pop() ?? '')]),
  });
  return { ...result, statuses };
}

function bodyOf(kilobytes: number): Record<string, unknown> {
  const half = 'n'.repeat(kilobytes * 500 - 100);
  return anAppointment({ notes: half, appointment_details: half });
}

function row([first = '', ...cells]: readonly string[]): string {
  return first.padEnd(48) + cells.map((cell) => cell.padStart(10)).join('');
}
