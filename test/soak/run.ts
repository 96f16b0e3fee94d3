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

Sends mixed traffic with faults to the local stack. Fails if its memory grows, a write needs more than one DynamoDB call (and
one retry per fault), or a response is not a 200. Draws .soak/soak.svg.

  --minutes N   30 by default. Memory is checked in runs of 10 minutes or more`;

const { values } = commandLine(help, { options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) refuse(help, '--minutes must be a number above 0');

const clients = 8;
/** Seconds between samples. A short run has 60 samples too. */
const sampleInterval = Math.min(5, minutes);
/** The last third of the run may use this much more memory than the second. The first third is the warm-up. */
const maxGrowth = 0.1;
/** Shorter runs do not warm up enough to check memory. */
const minMinutesForMemory = 10;

const database = await startDynoxide(undefined);
const proxy = await startFaultProxy(database.endpoint);
const service = await startService(proxy.url);
Object.assign(process.env, { API_URL: service.apiUrl, AUTH_URL: service.authUrl });

const tally: Tally = { requests: 0, writes: 0, reads: 0, statuses: new Map() };
const samples: Sample[] = [];
let stopped = false;
const running = Promise.all(Array.from({ length: clients }, () => client(tally, () => stopped)));
await takeSamples();
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

async function takeSamples(): Promise<void> {
  const rounds = Math.ceil((minutes * 60) / sampleInterval);
  const progress = new Progress(rounds, `samples, every ${sampleInterval} s`);
  const start = Date.now();
  for (let round = 0; round < rounds; round += 1) {
    const before = tally.requests;
    await sleep(sampleInterval * 1_000);
    samples.push({
      seconds: (Date.now() - start) / 1_000,
      memory: await service.memory(),
      requestsPerSecond: (tally.requests - before) / sampleInterval,
    });
    progress.advance();
  }
}

/** Prints the figures, and returns whether the run passed. */
function report(): boolean {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [median(samples.slice(third, 2 * third)), median(samples.slice(2 * third))];
  const growth = last / middle - 1;
  const perWrite = (calls - faults) / tally.writes;
  const statuses = [...tally.statuses].sort().map(([status, count]) => `${status}: ${count}`);
  const flat = growth <= maxGrowth || minutes < minMinutesForMemory;
  const once = Math.abs(perWrite - 1) < 0.001;
  // Only a write with a fault may need a GetItem, to find out whether it committed.
  const reconciling = gets - tally.reads;
  const succeeded = [...tally.statuses.keys()].every((status) => status === 200);
  console.log(`
requests                          ${tally.requests} (${statuses.join(', ')})
writes                            ${tally.writes}, ${faults} of them with a fault
UpdateItem calls per write        ${perWrite.toFixed(4)}, plus one per fault ${verdict(once)}
GetItem calls of writes           ${reconciling}, at most one per fault ${verdict(reconciling <= faults)}
memory, second third of the run   ${middle.toFixed(0)} MiB
memory, last third                ${last.toFixed(0)} MiB (${(growth * 100).toFixed(1)} %) ${minutes < minMinutesForMemory ? `(not checked: shorter than ${minMinutesForMemory} minutes)` : verdict(flat)}
every response is a 200           ${verdict(succeeded)}
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
