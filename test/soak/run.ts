import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { startDynoxide } from '../../infra/local/database.ts';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import { Progress } from '../support/progress.ts';
import { chart, type Sample } from './chart.ts';
import { startService } from './service.ts';
import { client, type Tally } from './traffic.ts';

const help = `npm run soak [-- --minutes N]

Sends mixed traffic with faults through the local stack: memory must stay flat, and an update must stay one call. Draws
.soak/soak.svg.

  --minutes N   30 by default; memory is judged from 10 on`;

const { values } = commandLine(help, { options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) refuse(help, '--minutes must be a number above 0');

const clients = 8;
/** Seconds: 60 samples of a short run, too. */
const sampleEvery = Math.min(5, minutes);
/** Of the run: the time before that is warm-up. */
const warmUp = 1 / 3;
/** How much more memory the last third may hold than the second, of a run that is long enough to warm up in its first. */
const maxGrowth = 0.1;
const longEnough = 10;

const database = await startDynoxide(undefined);
const proxy = await startFaultProxy(database.endpoint);
const service = await startService(proxy.url);
Object.assign(process.env, { API_URL: service.apiUrl, AUTH_URL: service.authUrl });

const tally: Tally = { requests: 0, writes: 0, reads: 0, statuses: new Map() };
const samples: Sample[] = [];
let stopped = false;
const running = Promise.all(Array.from({ length: clients }, () => client(tally, () => stopped)));
await sampled();
stopped = true;
await running;
await proxy.settled();
const [calls, faults, gets] = [proxy.calls('UpdateItem'), proxy.faults(), proxy.calls('GetItem')];
await service.stop();
proxy.stop();
database.stop();

await mkdir('.soak', { recursive: true });
await writeFile('.soak/soak.svg', chart(samples));
process.exitCode = report() ? 0 : 1;

async function sampled(): Promise<void> {
  const rounds = Math.ceil((minutes * 60) / sampleEvery);
  const progress = new Progress(rounds, `samples of ${sampleEvery} s`);
  const began = Date.now();
  for (let round = 0; round < rounds; round += 1) {
    const before = tally.requests;
    await sleep(sampleEvery * 1_000);
    samples.push({
      seconds: (Date.now() - began) / 1_000,
      memory: await service.memory(),
      requestsPerSecond: (tally.requests - before) / sampleEvery,
    });
    progress.advance();
  }
}

/** Prints the figures, and says whether they are as they must be. */
function report(): boolean {
  const third = Math.floor(samples.length * warmUp);
  const [middle, last] = [median(samples.slice(third, 2 * third)), median(samples.slice(2 * third))];
  const growth = last / middle - 1;
  const perWrite = (calls - faults) / tally.writes;
  const statuses = [...tally.statuses].sort().map(([status, count]) => `${status}: ${count}`);
  const flat = growth <= maxGrowth || minutes < longEnough;
  const once = Math.abs(perWrite - 1) < 0.001;
  // Only a write that met a fault may have to look whether a version is its own.
  const reconciling = gets - tally.reads;
  const succeeded = [...tally.statuses.keys()].every((status) => status === 200);
  console.log(`
requests                          ${tally.requests} (${statuses.join(', ')})
writes                            ${tally.writes}, ${faults} of them met a fault
UpdateItem calls a write          ${perWrite.toFixed(4)}, and one more for each fault ${verdict(once)}
GetItem calls beside the reads    ${reconciling}, to reconcile ${verdict(reconciling <= faults)}
memory, second third of the run   ${middle.toFixed(0)} MiB
memory, last third                ${last.toFixed(0)} MiB (${(growth * 100).toFixed(1)} %) ${minutes < longEnough ? `(judged from ${longEnough} minutes on)` : verdict(flat)}
every answer a success            ${verdict(succeeded)}
chart                             .soak/soak.svg`);
  return flat && once && reconciling <= faults && succeeded;
}

function median(of: readonly Sample[]): number {
  const sorted = of.map(({ memory }) => memory).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function verdict(good: boolean): string {
  return good ? '✓' : '✗';
}
