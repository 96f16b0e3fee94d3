import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { send } from '../support/api.ts';
import { Progress } from '../support/progress.ts';
import { anItem } from '../support/table.ts';
import { startFilledService } from './filled-service.ts';

const help = `npm run load [-- [--seconds N] [--appointments N]]

Measures throughput and latency (mean and percentiles, in milliseconds) of the local stack: updates at 1, 16 and 64
connections, updates of 1 to 250 KB, reads, and scans of a full page. Fails if the time of a request grows with the versions
of an appointment, the appointments of an organization, or the number of organizations.

  --seconds N        duration of each measurement, 10 by default
  --appointments N   size of the largest organization: 100000 by default, at least 1000`;

const { values } = commandLine(help, {
  options: { seconds: { type: 'string', default: '10' }, appointments: { type: 'string', default: '100000' } },
});
const [seconds, appointments] = [Number(values.seconds), Number(values.appointments)];
if (!(seconds > 0 && appointments >= 1_000)) {
  refuse(help, '--seconds must be above 0, and --appointments at least 1000');
}

type Kind = 'update' | 'get' | 'scan';

/** One measurement. The defaults: updates of at most 1 KB, over one connection, to the only appointment, at version 1. */
type Case = {
  readonly name: string;
  readonly kinds?: readonly Kind[];
  /** The group of cases whose requests must all take about the same time. */
  readonly flat?: string;
  readonly connections?: number;
  /** All connections update the same appointment. */
  readonly contended?: boolean;
  readonly version?: number;
  /** How many other appointments the table contains, and the organization of each. */
  readonly others?: number;
  readonly organizationOf?: (n: number) => string;
  readonly body?: Record<string, unknown>;
};

const fullPage = 100;

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
    organizationOf: (n: number) => (n < fullPage ? 'acme' : `org-${n % organizations}`),
  })),
  ...[1, 16, 64, 250].map((kilobytes) => ({ name: `KB of the body: ${kilobytes}`, body: bodyOf(kilobytes) })),
];

/** The slowest case of a group may take this many times as long as the fastest. Runs vary a lot on a busy machine. */
const maxGrowth = 2;

const milliseconds = new Map<string, number[]>();
const progress = new Progress(cases.length, `cases measured, ${seconds} s for each kind of request`);
let succeeded = true;
console.log(row(['', 'per second', 'ms', 'p50', 'p97.5', 'p99', '200', '409', 'other']));
for (const each of cases) {
  await measure(each);
  progress.advance();
}
for (const [group, times] of milliseconds) {
  const growth = Math.max(...times.slice(1)) / Math.min(...times);
  const flat = growth <= maxGrowth;
  succeeded &&= flat;
  console.log(`does not grow with ${group}: at most ${growth.toFixed(1)} times the fastest ${flat ? '✓' : '✗'}`);
}
process.exit(succeeded ? 0 : 1);

/** Measures the case on a new stack, and prints a row for each kind of request. */
async function measure(each: Case): Promise<void> {
  const { connections = 1, contended, version = 1, others = 0, organizationOf } = each;
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
    body: JSON.stringify(each.body ?? anAppointment()),
    since: new Date(now - 900_000 - fullPage + 1).toISOString(),
    version,
  };
  for (const kind of each.kinds ?? (['update'] as const)) {
    // Warm-up: npm run bench measures cold starts.
    await drive({ ...load, kind, ids: [warmUp], version: 1, duration: 1 });
    const spread = Array.from({ length: connections }, (_, i) => ids[i % ids.length] ?? '');
    const result = await drive({ ...load, kind, ids: spread, duration: seconds });
    printRow(each, kind, result);
  }
  await service.stop();
}

function printRow({ name, flat, kinds }: Case, kind: Kind, { statuses, errors, duration, latency }: Result): void {
  const [won = 0, lost = 0] = [statuses.get(200), statuses.get(409)];
  const other = [...statuses.values()].reduce((sum, count) => sum + count, 0) - won - lost + errors;
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
  /** The appointment of each connection. */
  readonly ids: readonly string[];
  readonly version: number;
  readonly body: string;
  readonly since: string;
  readonly duration: number;
};

type Result = Awaited<ReturnType<typeof drive>>;

/** Each connection sends its next request after the response to the previous one. An update sends the next version. */
async function drive({ apiUrl, authUrl, kind, ids, version, body, since, duration }: Load) {
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
