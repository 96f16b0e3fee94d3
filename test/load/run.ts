import autocannon from 'autocannon';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { send } from '../support/api.ts';
import { Progress } from '../support/progress.ts';
import { anItem } from '../support/table.ts';
import { startFilledService } from './filled-service.ts';

// npm run load: the local stack in a process of its own, driven over HTTP from this one.

const help = `npm run load [-- [--seconds N] [--appointments N]]

Drives updates through the local stack: throughput and latency (milliseconds: mean and percentiles) at 1, 16
and 64 connections, and how an update's cost grows with its versions, with the appointments of the organization, and with
the size of its body.

  --seconds N        of every measurement: 10 by default
  --appointments N   how many the organization is grown to: 100000 by default, 1000 at least`;

const { values } = commandLine(help, {
  options: { seconds: { type: 'string', default: '10' }, appointments: { type: 'string', default: '100000' } },
});
const [seconds, appointments] = [Number(values.seconds), Number(values.appointments)];
if (!(seconds > 0 && appointments >= 1_000)) {
  refuse(help, '--seconds must be above 0, and --appointments at least 1000');
}

/** What is measured. Left out: one connection, to a new appointment of its own, alone in its organization, of 1 KB at most. */
type Case = {
  readonly name: string;
  /** Of cases that an update's cost must not grow with. */
  readonly flat?: string;
  readonly connections?: number;
  readonly contended?: boolean;
  readonly version?: number;
  readonly others?: number;
  readonly body?: Record<string, unknown>;
};

const cases: readonly Case[] = [
  ...[1, 16, 64].map((connections) => ({ name: `connections: ${connections}`, connections })),
  ...[1, 16, 64].map((connections) => ({
    name: `connections to one appointment: ${connections}`,
    connections,
    contended: true,
  })),
  ...[1, 100, 10_000].map((version) => ({ name: `versions: ${version}`, flat: 'versions', version })),
  ...[10, 1_000, 10_000, 100_000]
    .filter((size) => size <= appointments)
    .map((size) => ({
      name: `appointments of the organization: ${size}`,
      flat: 'appointments',
      others: size - 1,
    })),
  ...[1, 16, 64, 250].map((kilobytes) => ({ name: `KB of the body: ${kilobytes}`, body: bodyOf(kilobytes) })),
];

/** How much more than the least of its group an update may cost that must not grow: half of it is this machine's mood. */
const maxGrowth = 2;

const milliseconds = new Map<string, number[]>();
const progress = new Progress(cases.length, `measurements of ${seconds} s`);
let succeeded = true;
console.log(row(['', 'updates/s', 'ms', 'p50', 'p97.5', 'p99', '200', '409', 'other']));
for (const one of cases) {
  await measure(one);
  progress.advance();
}
for (const [group, each] of milliseconds) {
  const growth = Math.max(...each.slice(1)) / Math.min(...each);
  const flat = growth <= maxGrowth;
  succeeded &&= flat;
  console.log(`an update is flat in the ${group}: at most ${growth.toFixed(1)} times the least ${flat ? '✓' : '✗'}`);
}
process.exit(succeeded ? 0 : 1);

/** Measures the case on a stack of its own, and prints a line. */
async function measure({ name, flat, connections = 1, contended, version = 1, others = 0, body }: Case): Promise<void> {
  const targets = Array.from({ length: contended ? 1 : connections }, () => anItem({ version }));
  const warmUp = anItem();
  const items = [warmUp, ...targets, ...Array.from({ length: others }, () => anItem())];
  const service = await startFilledService(items, targets.flatMap(versionsBefore));
  const ids = Array.from({ length: connections }, (_, i) => String(targets[i % targets.length]?.id));
  const json = JSON.stringify(body ?? anAppointment());
  // How the function starts, and how V8 comes to know it, is measured elsewhere.
  await loadOf(service, [String(warmUp.id)], 1, json, 1);
  const load = await loadOf(service, ids, version, json, seconds);
  await service.stop();

  const [won = 0, lost = 0] = [load.statuses.get(200), load.statuses.get(409)];
  const other = [...load.statuses.values()].reduce((sum, each) => sum + each, 0) - won - lost + load.errors;
  succeeded &&= won > 0 && other === 0;
  const { average, p50, p97_5, p99 } = load.latency;
  if (flat) milliseconds.set(flat, [...(milliseconds.get(flat) ?? []), average]);
  const figures = [p50, p97_5, p99, won, lost, other].map(String);
  console.log(row([name, (won / load.duration).toFixed(0), average.toFixed(1), ...figures]));
}

/** The history of an item, as the stream would have left it. */
function versionsBefore(item: Record<string, unknown>): Record<string, unknown>[] {
  const appointment_key = `${item.id}#${item.organization_id}`;
  return Array.from({ length: Number(item.version) - 1 }, (_, n) => ({ ...item, appointment_key, version: n + 1 }));
}

/** A connection for each of the ids, which may be the same: each asks for the next version of its own, once answered for another. */
async function loadOf(
  url: { apiUrl: string; authUrl: string },
  ids: readonly string[],
  version: number,
  body: string,
  duration: number,
) {
  const client = { client_id: 'acme', client_secret: 'acme-secret' };
  const { json } = await send('POST', `${url.authUrl}/api/auth/v2/token`, { body: client });
  const headers = { authorization: `Bearer ${json.access_token}`, 'content-type': 'application/json' };
  const latest = new Map(ids.map((id) => [id, version]));
  const statuses = new Map<number, number>();
  const free = [...ids];
  const result = await autocannon({
    url: url.apiUrl,
    connections: ids.length,
    duration,
    setupClient: (connection) => {
      const id = free.pop() ?? '';
      let asked = 0;
      connection.setRequests([
        {
          method: 'PUT',
          headers,
          body,
          setupRequest: (request) => {
            asked = (latest.get(id) ?? 0) + 1;
            return { ...request, path: `/appointments/v1/${id}/${asked}` };
          },
          onResponse: (status) => {
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status === 200) latest.set(id, Math.max(asked, latest.get(id) ?? 0));
          },
        },
      ]);
    },
  });
  return { ...result, statuses };
}

function bodyOf(kilobytes: number): Record<string, unknown> {
  const half = 'n'.repeat(kilobytes * 500 - 100);
  return anAppointment({ notes: half, appointment_details: half });
}

function row([first = '', ...cells]: readonly string[]): string {
  return first.padEnd(42) + cells.map((cell) => cell.padStart(10)).join('');
}
