import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { BuildOptions } from 'esbuild';
import { bundleOptions } from '../../infra/build/bundle.ts';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { Progress } from '../support/progress.ts';
import { chart } from './chart.ts';
import { type ColdStart, coldStart } from './cold.ts';
import { startDatabase } from './database.ts';
import { installPeers } from './install-peers.ts';
import { memorySizes } from './memory-size.ts';
import { outcomes } from './outcomes.ts';
import { spreadOf } from './statistics.ts';
import { buildBundle, buildSubjects } from './subjects.ts';
import { body, updateEvent } from './update-event.ts';
import { type Call, cpuOf, turn, warmCalls } from './warm.ts';

const help = `npm run bench [-- [--rounds N] [--out FOLDER]]

Measures the update beside its peers, in turns, in one run: its cold start against a plain bundle of the same source with
the SDK's own client, its warm call against the raw UpdateItemCommand. The first run installs the peers in test/bench.

  --rounds N     cold starts of each bundle, 20 by default, and 100 times as many warm calls
  --out FOLDER   where bench.json and bench.svg go: .bench by default`;

const { values } = commandLine(help, {
  options: { rounds: { type: 'string', default: '20' }, out: { type: 'string', default: '.bench' } },
});
const rounds = Number(values.rounds);
const warmCount = rounds * 100;
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 20_000 };
if (!Number.isInteger(rounds) || rounds < 1) refuse(help, '--rounds must be a whole number above 0');

const [plain, service, raw, rawOwn] = ['plain bundle', 'service', 'raw call', 'raw call, own client'];
const rawSdkEntry = 'test/bench/raw-sdk-client.ts';
const rawOwnEntry = 'test/bench/raw-own-client.ts';
await installPeers();
const database = await startDatabase();
const subjects = await buildSubjects('.bench/bundles');
// A line for every request, as Lambda's runtime makes it; nobody reads them here.
Object.assign(console, { info: (line: unknown) => JSON.stringify(line) });

const cold = await coldStarts();
const warm = await warmTimes();
const cpu = {
  [service]: await cpuWithoutNetwork(service, 'lambda/update-appointment.ts'),
  [raw]: await cpuWithoutNetwork(raw, rawSdkEntry),
  [rawOwn]: await cpuWithoutNetwork(rawOwn, rawOwnEntry),
};
// The database is another process. A network behind TLS takes more.
const cpuWithNetwork = await cpuOf(updates(await import(moduleOf(service)), await database.seed()), warmCount);
const asked = await outcomes(moduleOf(service), database);
const ofCold = (name: string, part: keyof Omit<ColdStart, 'status'>) =>
  spreadOf((cold.get(name) ?? []).map((one) => one[part]));
// Round by round, because a machine has its moods: neighbours in time meet the same one.
const coldRatio = (name: string) =>
  spreadOf((cold.get(name) ?? []).map(({ total }, round) => total / (cold.get(plain)?.[round]?.total ?? Number.NaN)));
const sizes = memorySizes(cpuWithNetwork / 1_000, ofCold(service, 'firstCpu').median);
database.stop();
report();
await publish();
process.exit(0);

async function coldStarts(): Promise<ReadonlyMap<string, readonly ColdStart[]>> {
  const progress = new Progress(rounds * subjects.length, 'cold starts');
  const starts = new Map(subjects.map(({ name }): [string, ColdStart[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, module } of subjects) {
      const start = await coldStart(module, updateEvent(await database.seed(), 2), database.environment);
      if (start.status !== 200) throw new Error(`${name} answered ${start.status}.`);
      starts.get(name)?.push(start);
      progress.advance();
    }
  }
  return starts;
}

async function warmTimes() {
  const calls = new Map<string, Call>();
  for (const { name, module } of subjects) {
    if (name.startsWith('+')) continue;
    const peer: Peer = await import(module);
    await mustBeHonest(name, peer);
    calls.set(name, updates(peer, await database.seed()));
  }
  calls.set(raw, updates(await import('./raw-sdk-client.ts'), await database.seed()));
  calls.set(
    rawOwn,
    updates(await bundledModule(rawOwnEntry, '.bench/bundles/raw-own', bundleOptions), await database.seed()),
  );
  const progress = new Progress(warmCount / turn, `turns of ${turn} warm calls each`);
  return warmCalls(calls, warmCount, () => progress.advance());
}

/** A peer counts only where it does the same work: it stores what the service stores, and refuses a body that the schema refuses. */
async function mustBeHonest(name: string, peer: Peer): Promise<void> {
  const id = await database.seed();
  const invalid = { ...JSON.parse(body), service_duration: 'long' };
  const event = updateEvent(id, 2, { body: JSON.stringify(invalid) });
  const refused = await peer.handler(event, context).then(
    ({ statusCode }) => statusCode >= 400,
    () => true,
  );
  await peer.handler(updateEvent(id, 2), context);
  const stored = await database.appointment(id);
  if (!refused || !isDeepStrictEqual(stored, JSON.parse(body))) throw new Error(`${name} is no peer of the service.`);
}

type Update = (event: object, context: object) => Promise<{ statusCode: number }>;
type Peer = { readonly handler: Update; readonly prepared?: never };
type Module = Peer | Prepared;
/** The raw call: its input is made beforehand. */
type Prepared = { readonly prepared: (event: APIGatewayProxyEventV2WithJWTAuthorizer) => () => Promise<unknown> };

/** Calls of that module, each the next version of one appointment, of events that are made beforehand. */
function updates(module: Module, id: string): Call {
  const events = Array.from({ length: warmCount }, (_, n) => updateEvent(id, n + 2));
  if (module.prepared) {
    const calls = events.map((event) => module.prepared(event));
    return async (n) => calls[n]?.();
  }
  return async (n) => {
    const { statusCode } = await module.handler(events[n] ?? {}, context);
    if (statusCode !== 200) throw new Error(`The update was answered ${statusCode}.`);
  };
}

/** CPU time of a call that is answered at once, in microseconds. */
async function cpuWithoutNetwork(name: string, entry: string): Promise<number> {
  const folder = join('.bench/bundles/instant-dynamodb', name.replaceAll(/\W+/g, '-'));
  const alias = { '@smithy/node-http-handler': resolve('test/bench/instant-dynamodb.ts') };
  const module = await bundledModule(entry, folder, { ...bundleOptions, alias });
  return cpuOf(updates(module, randomUUID()), warmCount);
}

async function bundledModule(entry: string, folder: string, options: BuildOptions): Promise<Module> {
  const { module } = await buildBundle(entry, folder, options);
  return import(module);
}

function moduleOf(name: string): string {
  const subject = subjects.find((one) => one.name === name);
  if (!subject) throw new Error(`There is no ${name}.`);
  return subject.module;
}

function report(): void {
  console.log(`
Cold start: fresh process, import, first call (${rounds} of each; ratio by the round, and milliseconds: medians, quartiles)
${row(['', 'ratio', 'quartiles', 'total', 'quartiles', 'import', 'first', 'CPU', 'KB', 'builtins', 'MiB'])}`);
  for (const { name, bytes } of subjects) {
    const [ratio, { median, low, high }] = [coldRatio(name), ofCold(name, 'total')];
    const cells = [
      ratio.median.toFixed(2),
      `${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)}`,
      median.toFixed(1),
      `${low.toFixed(1)}-${high.toFixed(1)}`,
      ofCold(name, 'init').median.toFixed(1),
      ofCold(name, 'first').median.toFixed(1),
      ofCold(name, 'cpu').median.toFixed(1),
      (bytes / 1_024).toFixed(0),
      String(ofCold(name, 'builtins').median),
      ofCold(name, 'memory').median.toFixed(0),
    ];
    console.log(row([name, ...cells]));
  }
  const warmBase = warm.get(raw)?.median ?? Number.NaN;
  console.log(`
Warm call (${warmCount} of each; microseconds, median and quartiles)
${row(['', 'ratio', 'median', 'quartiles', 'above raw'])}`);
  for (const [name, { median, low, high }] of warm) {
    const quartiles = `${low.toFixed(0)}-${high.toFixed(0)}`;
    console.log(
      row([name, (median / warmBase).toFixed(3), median.toFixed(0), quartiles, (median - warmBase).toFixed(0)]),
    );
  }
  const coldGoal = 0.3;
  const warmOf = (name: string) => (warm.get(name)?.median ?? Number.NaN) / warmBase;
  const peers = [...warm.keys()].filter((name) => ![service, raw, rawOwn, 'floor'].includes(name));
  const fastest = peers.reduce((best, name) => (warmOf(name) < warmOf(best) ? name : best));
  const [coldService, warmService] = [coldRatio(service).median, warmOf(service)];
  console.log(`
Goals
  cold start at most ${coldGoal} of the plain bundle's    ${coldService.toFixed(2)} ${coldService <= coldGoal ? '✓' : '✗'}
  warm call below every peer's (${fastest}: ${warmOf(fastest).toFixed(3)})    ${warmService.toFixed(3)} ${warmService < warmOf(fastest) ? '✓' : '✗'}

CPU time of a call without the network (microseconds)
${row(['', 'CPU', 'above raw'])}`);
  for (const [name, each] of Object.entries(cpu)) {
    console.log(row([name, each.toFixed(0), (each - (cpu[raw] ?? Number.NaN)).toFixed(0)]));
  }
  console.log(`
CPU time of the service's call with the network, plain HTTP (microseconds): ${cpuWithNetwork.toFixed(0)}`);
  console.log(`
What an update asks of DynamoDB
${row(['', 'units', 'calls'])}`);
  for (const { outcome, calls, capacityUnits } of asked) {
    console.log(`${row([outcome, String(capacityUnits ?? '-')])}       ${calls.join(', ') || 'none'}`);
  }
  console.log(`
Memory size, by the model in memory-size.ts (MiB; milliseconds of a warm and a first call; US dollars a million calls)
${row(['', 'warm', 'first', 'dollars'])}`);
  for (const { megabytes, warm: each, first, million } of sizes) {
    console.log(row([String(megabytes), each.toFixed(1), first.toFixed(0), million.toFixed(2)]));
  }
}

function row([first = '', ...cells]: readonly string[]): string {
  return `  ${first.padEnd(34)}${cells.map((cell) => cell.padStart(12)).join('')}`;
}

async function publish(): Promise<void> {
  await mkdir(values.out, { recursive: true });
  const warmBase = warm.get(raw)?.median ?? Number.NaN;
  const coldBars = subjects.map(({ name }) => ({ name, ratio: coldRatio(name).median, own: name === service }));
  const warmBars = [...warm].map(([name, { median }]) => ({ name, ratio: median / warmBase, own: name === service }));
  const groups = [
    { title: 'Cold start, by a plain bundle of the same source with the SDK’s client', bars: coldBars },
    { title: 'Warm update, by the raw UpdateItemCommand', bars: warmBars },
  ];
  await writeFile(join(values.out, 'bench.svg'), chart(groups));
  const figures = {
    node: process.version,
    cold: Object.fromEntries(
      subjects.map(({ name, bytes }) => [name, { ratio: coldRatio(name), milliseconds: ofCold(name, 'total'), bytes }]),
    ),
    warmMicroseconds: Object.fromEntries(warm),
    cpuMicroseconds: cpu,
    cpuWithNetworkMicroseconds: cpuWithNetwork,
    outcomes: asked,
    memory: sizes,
  };
  await writeFile(join(values.out, 'bench.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  console.log(`\n${join(values.out, 'bench.json')} and bench.svg`);
}
