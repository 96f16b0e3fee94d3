import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { startDynoxide } from '../../infra/local/database.ts';
import { startLocalStack } from '../../infra/local/local-stack.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { Progress } from '../support/progress.ts';
import { check, type Wrong } from './checker.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { type FaultKind, faults, statusOfEndless } from './faults.ts';
import { always, faultIn, faulty } from './faulty.ts';
import type { Operation } from './operations.ts';
import { startPublishing } from './published-events.ts';
import { readTables } from './read-tables.ts';
import { type Plan, work } from './workload.ts';

const help = `npm run test:faults [-- --updates N]

Runs the fault suites. Then runs a campaign with every kind of fault between the service and DynamoDB, and checks that each
response is true. EventBridge fails too, and the campaign checks that every version is published, with correct events only.

  --updates N   the number of updates for each kind of fault (default: 1000)`;

const { values } = commandLine(help, { options: { updates: { type: 'string', default: '1000' } } });
const updates = Number(values.updates);
if (!Number.isInteger(updates) || updates < 1) refuse(help, '--updates must be a whole number above 0');

const suites = spawn('npm', ['run', '--silent', 'jest', '--', '--selectProjects', 'faults'], { stdio: 'inherit' });
const [code] = await once(suites, 'exit');
if (code !== 0) process.exit(code ?? 1);

// The service opens at most 50 connections. Three kinds at a time stay below that; most of the time is spent in timeouts.
const concurrentKinds = 3;
const crowd = { appointments: 5, writersOfEach: 3 };

const kinds = Object.keys(faults).filter((kind): kind is FaultKind => kind in faults);
const database = await startDynoxide(undefined);
const proxy = await startFaultProxy(database.endpoint);
const stack = await startLocalStack({ port: 0, authPort: 0, dynamodb: proxy.url, log: silentLog });
Object.assign(process.env, { API_URL: stack.apiUrl, AUTH_URL: stack.authUrl });
const events = await startPublishing(database.endpoint);

const began = Date.now();
const operations = await allKinds();
await proxy.settled();
const tables = await readTables(database.endpoint, operations);
const defects = check(operations, tables);
const { calls, faults: failedCalls, published, missing, wrong } = await events.compare(tables.history);
await events.stop();
await stack.stop();
proxy.stop();
database.stop();
report(defects);
const neverMet = kinds.filter((kind) => proxy.faults(kind) === 0);
if (neverMet.length > 0) console.error(`No write met these faults: ${neverMet.join(', ')}. Increase --updates.`);
console.log(
  `events: ${calls} calls of EventBridge, ${failedCalls} with faults; ${published} events for ${tables.history.length} versions, ${missing.length} missing, ${wrong.length} wrong`,
);
for (const name of missing.slice(0, 10)) console.error(`missing event: ${name}`);
for (const name of wrong.slice(0, 10)) console.error(`wrong event: ${name}`);
process.exitCode = [defects, neverMet, missing, wrong].some(({ length }) => length > 0) ? 1 : 0;

async function allKinds(): Promise<Operation[]> {
  const progress = new Progress(kinds.length * updates, 'updates');
  const waiting = [...kinds];
  const runKinds = async (): Promise<Operation[]> => {
    const kind = waiting.shift();
    if (kind === undefined) return [];
    let first = true;
    const plan = () => {
      const planned = planOf(kind, first);
      first = false;
      return planned;
    };
    const done = await work({ ...crowd, updates, plan, onUpdate: () => progress.advance() });
    return [...done, ...(await runKinds())];
  };
  return (await Promise.all(Array.from({ length: concurrentKinds }, runKinds))).flat();
}

/** Half of the writes meet the fault, once or twice. The first write of a kind, and later one in fifty, meets it on every attempt. */
function planOf(kind: FaultKind, first: boolean): Plan {
  const chance = Math.random();
  // Not for this fault: only an overtaken write reads the history, so for other writes the fault ends.
  const endless = (first || chance < 0.02) && kind !== 'overtaken, history throttled';
  if (endless) return { notes: faulty(kind, always), allowed: [statusOfEndless(kind)] };
  const times = chance < 0.15 ? 2 : chance < 0.5 ? 1 : 0;
  return { notes: faulty(kind, times), allowed: [200, 409] };
}

function report(defects: readonly Wrong[]): void {
  const writes = operations.filter((operation) => operation.kind === 'write');
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(40) : String(cell).padStart(7))).join('');
  console.log(line(['fault', 'writes', 200, 409, 429, 503, 'wrong']));
  for (const kind of kinds) {
    const ofKind = writes.filter(({ notes }) => faultIn(notes)?.kind === kind);
    const statuses = [200, 409, 429, 503].map((code) => ofKind.filter(({ status }) => status === code).length);
    console.log(
      line([kind, ofKind.length, ...statuses, defects.filter(({ notes }) => faultIn(notes)?.kind === kind).length]),
    );
  }
  for (const { defect, notes, detail } of defects.slice(0, 20)) console.error(`${defect}: ${notes}: ${detail}`);
  const seconds = Math.round((Date.now() - began) / 1_000);
  console.log(
    `${writes.length} writes, ${operations.length - writes.length} reads, ${defects.length} wrong, ${seconds} s`,
  );
}
