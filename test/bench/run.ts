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
import { measureOutcomes } from './outcomes.ts';
import { spreadOf } from './statistics.ts';
import { buildBundle, buildSubjects } from './subjects.ts';
import { body, updateEvent } from './update-event.ts';
import { type Call, callsPerTurn, cpuOf, warmTimes } from './warm.ts';

const help = `npm run bench [-- [--rounds N] [--out FOLDER]]

Measures the update and its peers, in turns. A cold start is compared with a plain bundle of the same source that contains
the SDK's own client, a warm call with the raw UpdateItemCommand. The first run installs the peers in test/bench.

  --rounds N     cold starts of each bundle, 20 by default. Warm calls: 100 times as many
  --out FOLDER   the folder for bench.json and bench.svg, .bench by default`;

const { values } = commandLine(help, {
  options: { rounds: { type: 'string', default: '20' }, out: { type: 'string', default: '.bench' } },
});
const rounds = Number(values.rounds);
const warmCalls = rounds * 100;
// These calls take 0.2 ms each. After fewer, V8 is still optimizing the code.
const cpuCalls = rounds * 1_000;
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 20_000 };
if (!Number.isInteger(rounds) || rounds < 1) refuse(help, '--rounds must be a whole number above 0');

const [plain, service, raw, rawService] = ['plain bundle', 'service', 'raw call', "raw call, service's client"];
const rawSdkEntry = 'test/bench/raw-sdk-client.ts';
const rawServiceEntry = 'test/bench/raw-service-client.ts';
await installPeers();
const database = await startDatabase();
const subjects = await buildSubjects('.bench/bundles');
// Lambda's runtime logs a line of JSON for every request. Here it is serialized, but not printed.
Object.assign(console, { info: (line: unknown) => JSON.stringify(line) });

const cold = await measureCold();
const warm = await measureWarm();
const cpu = {
  [service]: await cpuWithoutNetwork(service, 'lambda/update-appointment.ts'),
  [raw]: await cpuWithoutNetwork(raw, rawSdkEntry),
  [rawService]: await cpuWithoutNetwork(rawService, rawServiceEntry),
};
// Over plain HTTP, to a database in another process. TLS takes more.
const cpuWithNetwork = await cpuOf(updates(await import(moduleOf(service)), await database.seed()), warmCalls);
const outcomes = await measureOutcomes(moduleOf(service), database);
const ofCold = (name: string, part: keyof Omit<ColdStart, 'status'>) =>
  spreadOf((cold.get(name) ?? []).map((start) => start[part]));
// Ratios within a round: the load of the machine changes over time, but hardly within a round.
const coldRatio = (name: string) =>
  spreadOf((cold.get(name) ?? []).map(({ total }, round) => total / (cold.get(plain)?.[round]?.total ?? Number.NaN)));
const sizes = memorySizes(cpuWithNetwork / 1_000, ofCold(service, 'firstCpu').median);
database.stop();
report();
await writeFigures();
process.exit(0);

async function measureCold(): Promise<ReadonlyMap<string, readonly ColdStart[]>> {
  const progress = new Progress(rounds * subjects.length, 'cold starts');
  const starts = new Map(subjects.map(({ name }): [string, ColdStart[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, module } of subjects) {
      const start = await coldStart(module, updateEvent(await database.seed(), 2), database.environment);
      if (start.status !== 200) throw new Error(`The cold start of ${name} returned ${start.status}.`);
      starts.get(name)?.push(start);
      progress.advance();
    }
  }
  return starts;
}

async function measureWarm() {
  const calls = new Map<string, Call>();
  for (const { name, module } of subjects) {
    if (name.startsWith('+')) continue;
    const peer: Peer = await import(module);
    await requireEqualWork(name, peer);
    calls.set(name, updates(peer, await database.seed()));
  }
  calls.set(raw, updates(await import('./raw-sdk-client.ts'), await database.seed()));
  const rawServiceModule = await bundledModule(rawServiceEntry, '.bench/bundles/raw-service-client', bundleOptions);
  calls.set(rawService, updates(rawServiceModule, await database.seed()));
  const progress = new Progress(warmCalls / callsPerTurn, `turns of ${callsPerTurn} warm calls each`);
  return warmTimes(calls, warmCalls, () => progress.advance());
}

/** A peer must do the same work: store what the service stores, and reject a body that the schema rejects. */
async function requireEqualWork(name: string, peer: Peer): Promise<void> {
  const id = await database.seed();
  const invalid = { ...JSON.parse(body), service_duration: 'long' };
  const event = updateEvent(id, 2, { body: JSON.stringify(invalid) });
  const rejected = await peer.handler(event, context).then(
    ({ statusCode }) => statusCode >= 400,
    () => true,
  );
  await peer.handler(updateEvent(id, 2), context);
  const stored = await database.appointment(id);
  if (!rejected || !isDeepStrictEqual(stored, JSON.parse(body)))
    throw new Error(`${name} does not do the service's work.`);
}

type Update = (event: object, context: object) => Promise<{ statusCode: number }>;
type Peer = { readonly handler: Update; readonly prepared?: never };
type Module = Peer | Prepared;
/** The raw call: its input is prepared before the measurement. */
type Prepared = { readonly prepared: (event: APIGatewayProxyEventV2WithJWTAuthorizer) => () => Promise<unknown> };

/** Calls the module. Each call writes the next version of one appointment. The events are prepared before the measurement. */
function updates(module: Module, id: string, calls = warmCalls): Call {
  const events = Array.from({ length: calls }, (_, n) => updateEvent(id, n + 2));
  if (module.prepared) {
    const calls = events.map((event) => module.prepared(event));
    return async (n) => calls[n]?.();
  }
  return async (n) => {
    const { statusCode } = await module.handler(events[n] ?? {}, context);
    if (statusCode !== 200) throw new Error(`The update returned ${statusCode}.`);
  };
}

/** The CPU time of a call in microseconds, if DynamoDB responds at once, without a network. */
async function cpuWithoutNetwork(name: string, entry: string): Promise<number> {
  const folder = join('.bench/bundles/instant-dynamodb', name.replaceAll(/\W+/g, '-'));
  const alias = { '@smithy/node-http-handler': resolve('test/bench/instant-dynamodb.ts') };
  const module = await bundledModule(entry, folder, { ...bundleOptions, alias });
  return cpuOf(updates(module, randomUUID(), cpuCalls), cpuCalls);
}

async function bundledModule(entry: string, folder: string, options: BuildOptions): Promise<Module> {
  const { module } = await buildBundle(entry, folder, options);
  return import(module);
}

function moduleOf(name: string): string {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (!subject) throw new Error(`There is no subject ${name}.`);
  return subject.module;
}

function report(): void {
  console.log(`
Cold start: fresh process, import, first call (${rounds} of each; medians and quartiles; ratios within a round, milliseconds)
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
Warm call (${warmCalls} of each; microseconds, median and quartiles)
${row(['', 'ratio', 'median', 'quartiles', 'above raw'])}`);
  for (const [name, { median, low, high }] of warm) {
    const quartiles = `${low.toFixed(0)}-${high.toFixed(0)}`;
    console.log(
      row([name, (median / warmBase).toFixed(3), median.toFixed(0), quartiles, (median - warmBase).toFixed(0)]),
    );
  }
  const coldGoal = 0.3;
  const warmOf = (name: string) => (warm.get(name)?.median ?? Number.NaN) / warmBase;
  const peers = [...warm.keys()].filter((name) => ![service, raw, rawService, 'floor'].includes(name));
  const fastest = peers.reduce((best, name) => (warmOf(name) < warmOf(best) ? name : best));
  const [coldService, warmService] = [coldRatio(service).median, warmOf(service)];
  console.log(`
Goals
  cold start at most ${coldGoal} of the plain bundle's    ${coldService.toFixed(2)} ${coldService <= coldGoal ? '✓' : '✗'}
  warm call below every peer's (${fastest}: ${warmOf(fastest).toFixed(3)})    ${warmService.toFixed(3)} ${warmService < warmOf(fastest) ? '✓' : '✗'}

CPU time of a call without the network (microseconds)
${row(['', 'CPU', 'above raw'])}`);
  for (const [name, time] of Object.entries(cpu)) {
    console.log(row([name, time.toFixed(0), (time - (cpu[raw] ?? Number.NaN)).toFixed(0)]));
  }
  console.log(`
CPU time of the service's call with the network, plain HTTP (microseconds): ${cpuWithNetwork.toFixed(0)}`);
  console.log(`
Calls of DynamoDB and capacity units of an update, by outcome
${row(['', 'units', 'calls'])}`);
  for (const { outcome, calls, capacityUnits } of outcomes) {
    console.log(`${row([outcome, String(capacityUnits ?? '-')])}       ${calls.join(', ') || 'none'}`);
  }
  console.log(`
Memory size, by the model in memory-size.ts (MiB; milliseconds of a warm and a first call; US dollars per million warm calls)
${row(['', 'warm', 'first', 'dollars'])}`);
  for (const { megabytes, warm: warmCall, first, million } of sizes) {
    console.log(row([String(megabytes), warmCall.toFixed(1), first.toFixed(0), million.toFixed(2)]));
  }
}

function row([first = '', ...cells]: readonly string[]): string {
  return `  ${first.padEnd(34)}${cells.map((cell) => cell.padStart(12)).join('')}`;
}

async function writeFigures(): Promise<void> {
  await mkdir(values.out, { recursive: true });
  const warmBase = warm.get(raw)?.median ?? Number.NaN;
  const coldBars = subjects.map(({ name }) => ({ name, ratio: coldRatio(name).median, highlighted: name === service }));
  const warmBars = [...warm].map(([name, { median }]) => ({
    name,
    ratio: median / warmBase,
    highlighted: name === service,
  }));
  const groups = [
    { title: 'Cold start time; 1 is a plain bundle of the same source with the SDK’s client', bars: coldBars },
    { title: 'Warm update time; 1 is the raw UpdateItemCommand', bars: warmBars },
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
    outcomes,
    memory: sizes,
  };
  await writeFile(join(values.out, 'bench.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  console.log(`\nWrote ${join(values.out, 'bench.json')} and bench.svg.`);
}
