import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { startDynoxide } from '../../infra/local/database.ts';
import { startService } from '../soak/service.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, tokenOf } from '../support/api.ts';
import { Progress } from '../support/progress.ts';
import { anItem, putItems } from '../support/table.ts';

// npm run load: the local stack in a process of its own, driven over HTTP from this one.

const help = `npm run load [-- --seconds N] [-- --appointments N]

Drives updates through the local stack: throughput and latency (milliseconds: mean and percentiles) at 1, 16
and 64 connections, and how an update's cost grows with its versions, with the appointments of the organization, and with
the size of its body.

  --seconds N        of every measurement: 10 by default
  --appointments N   how many the organization is grown to: 100000 by default`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    appointments: { type: 'string', default: '100000' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const [seconds, appointments] = [Number(values.seconds), Number(values.appointments)];
if (!(seconds > 0 && appointments >= 10)) {
  throw new Error('--seconds must be above 0, --appointments at least 10.');
}

const connectionCounts = [1, 16, 64];
const versions = [1, 100, 1_000];
const organizationSizes = [10, 1_000, 10_000, 100_000].filter((size) => size <= appointments);
const bodySizes = [1, 16, 64, 250];

const database = await startDynoxide(undefined);
const service = await startService(database.endpoint);
Object.assign(process.env, { API_URL: service.apiUrl, AUTH_URL: service.authUrl, DYNAMODB_URL: database.endpoint });
const headers = { authorization: `Bearer ${await tokenOf('acme')}`, 'content-type': 'application/json' };
const count = 2 * connectionCounts.length + versions.length + organizationSizes.length + bodySizes.length;
const progress = new Progress(count, `measurements of ${seconds} s`);
let succeeded = true;

console.log(row(['', 'updates/s', 'ms', 'p50', 'p97.5', 'p99', '200', '409', 'other']));
// So that the first line does not show the functions' own start.
await updates(await appointmentsOf(16), anAppointment());
for (const connections of connectionCounts) {
  await measure(`connections: ${connections}`, await appointmentsOf(connections), anAppointment());
}
for (const connections of connectionCounts) {
  const [one = ''] = await appointmentsOf(1);
  await measure(`connections to one appointment: ${connections}`, Array(connections).fill(one), anAppointment());
}
for (const version of versions) {
  const [id = ''] = await appointmentsOf(1);
  for (let next = 2; next <= version; next += 1) await call('PUT', `/${id}/${next}`, { body: anAppointment() });
  await measure(`versions: ${version}`, [id], anAppointment(), version);
}
for (const [i, size] of organizationSizes.entries()) {
  await grow(size - (organizationSizes[i - 1] ?? 0));
  await measure(`appointments of the organization: ${size}`, await appointmentsOf(1), anAppointment());
}
for (const kilobytes of bodySizes) {
  const half = 'n'.repeat(kilobytes * 500 - 100);
  const body = anAppointment({ notes: half, appointment_details: half });
  await measure(`KB of the body: ${kilobytes}`, await appointmentsOf(1), body);
}
await service.stop();
database.stop();
process.exit(succeeded ? 0 : 1);

/** Measures updates of these appointments, and prints a line. */
async function measure(name: string, ids: readonly string[], body: object, version = 1): Promise<void> {
  const { duration, latency, statuses, errors } = await updates(ids, body, version);
  const [won = 0, lost = 0] = [statuses.get(200), statuses.get(409)];
  const other = [...statuses.values()].reduce((sum, each) => sum + each, 0) - won - lost + errors;
  succeeded &&= won > 0 && other === 0;
  const { average, p50, p97_5, p99 } = latency;
  progress.advance();
  console.log(
    row([name, (won / duration).toFixed(0), average.toFixed(1), ...[p50, p97_5, p99, won, lost, other].map(String)]),
  );
}

/** A connection for each of the ids, which may be the same: each asks for the next version of its own, once answered for another. */
async function updates(ids: readonly string[], body: object, version = 1) {
  const latest = new Map(ids.map((id) => [id, version]));
  const statuses = new Map<number, number>();
  const free = [...ids];
  const result = await autocannon({
    url: service.apiUrl,
    connections: ids.length,
    duration: seconds,
    setupClient: (client) => {
      const id = free.pop() ?? '';
      let asked = 0;
      client.setRequests([
        {
          method: 'PUT',
          headers,
          body: JSON.stringify(body),
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

async function appointmentsOf(count: number): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, async () => (await created(anAppointment())).id));
}

/** More appointments for the organization, past the service. */
async function grow(by: number): Promise<void> {
  const batch = 1_000;
  const batches = new Progress(Math.ceil(by / batch), `times ${batch} appointments`);
  for (let put = 0; put < by; put += batch) {
    await putItems(Array.from({ length: Math.min(batch, by - put) }, () => anItem()));
    batches.advance();
  }
}

function row([first = '', ...cells]: readonly string[]): string {
  return first.padEnd(42) + cells.map((cell) => cell.padStart(10)).join('');
}
