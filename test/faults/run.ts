import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandLine, refuse } from '../../infra/command-line.ts';
import { startDynoxide } from '../../infra/local/database.ts';
import { startLocalStack } from '../../infra/local/local-stack.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { Progress } from '../support/progress.ts';
import { startAnnouncements } from './announcements.ts';
import { check, type Wrong } from './checker.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { type FaultKind, faults, respondWithoutEnd } from './faults.ts';
import { always, faultIn, faulty } from './faulty.ts';
import type { Operation } from './operations.ts';
import { readTables } from './read-tables.ts';
import { type Plan, work } from './workload.ts';

const help = `npm run test:faults [-- --updates N]

Runs the suites of faults between the service and DynamoDB, and then a campaign: every kind of fault, and whether each
response is true. EventBridge fails meanwhile too: whether every version is announced, and nothing else.

  --updates N   how many updates meet each kind of fault: 1000 by default`;

const { values } = commandLine(help, { options: { updates: { type: 'string', default: '1000' } } });
const updates = Number(values.updates);
if (!Number.isInteger(updates) || updates < 1) refuse(help, '--updates must be a whole number above 0');

const suites = spawn('npm', ['run', '--silent', 'jest', '--', '--selectProjects', 'faults'], { stdio: 'inherit' });
const [code] = await once(suites, 'exit');
if (code !== 0) process.exit(code ?? 1);

// The service opens 50 connections: three kinds at a time stay within that, and most of the time goes by in time-outs.
const atOnce = 3;
const crowd = { appointments: 5, writersOfEach: 3 };

const kinds = Object.keys(faults).filter((kind): kind is FaultKind => kind in faults);
const database = await startDynoxide(undefined);
const proxy = await startFaultProxy(database.endpoint);
const stack = await startLocalStack({ port: 0, authPort: 0, dynamodb: proxy.url, log: silentLog });
Object.assign(process.env, { API_URL: stack.apiUrl, AUTH_URL: stack.authUrl });
const announcements = await startAnnouncements(database.endpoint);

const began = Date.now();
const operations = await allKinds();
await proxy.settled();
const tables = await readTables(database.endpoint, operations);
const wrong = check(operations, tables);
const { calls, faults: failedCalls, announced, missing, invented } = await announcements.compare(tables.history);
await announcements.stop();
await stack.stop();
proxy.stop();
database.stop();
report(wrong);
const neverMet = kinds.filter((kind) => proxy.faults(kind) === 0);
if (neverMet.length > 0) console.error(`No write met ${neverMet.join(', ')}: try more updates.`);
console.log(
  `events: ${calls} calls of EventBridge, ${failedCalls} with faults; ${announced} events of ${tables.history.length} versions, ${missing.length} missing, ${invented.length} invented`,
);
for (const name of [...missing.slice(0, 10), ...invented.slice(0, 10)]) console.error(`missing or invented: ${name}`);
process.exitCode = [wrong, neverMet, missing, invented].some(({ length }) => length > 0) ? 1 : 0;

async function allKinds(): Promise<Operation[]> {
  const progress = new Progress(kinds.length * updates, 'updates');
  const waiting = [...kinds];
  const lane = async (): Promise<Operation[]> => {
    const kind = waiting.shift();
    if (kind === undefined) return [];
    let first = true;
    const plan = () => {
      const planned = planOf(kind, first);
      first = false;
      return planned;
    };
    const done = await work({ ...crowd, updates, plan, onUpdate: () => progress.advance() });
    return [...done, ...(await lane())];
  };
  return (await Promise.all(Array.from({ length: atOnce }, lane))).flat();
}

/** Half of the writes meet the fault: once, twice, or, the first of a kind and then one in fifty, without end. */
function planOf(kind: FaultKind, first: boolean): Plan {
  const chance = Math.random();
  // Only a write that was overtaken reads the history: for the others that fault has an end.
  const endless = (first || chance < 0.02) && kind !== 'overtaken, history throttled';
  if (endless) return { notes: faulty(kind, always), allowed: [respondWithoutEnd(kind)] };
  const times = chance < 0.15 ? 2 : chance < 0.5 ? 1 : 0;
  return { notes: faulty(kind, times), allowed: [200, 409] };
}

function report(wrong: readonly Wrong[]): void {
  const writes = operations.filter((operation) => operation.kind === 'write');
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(40) : String(cell).padStart(7))).join('');
  console.log(line(['fault', 'tried', 200, 409, 429, 503, 'wrong']));
  for (const kind of kinds) {
    const ofKind = writes.filter(({ notes }) => faultIn(notes)?.kind === kind);
    const answered = [200, 409, 429, 503].map((code) => ofKind.filter(({ status }) => status === code).length);
    console.log(
      line([kind, ofKind.length, ...answered, wrong.filter(({ notes }) => faultIn(notes)?.kind === kind).length]),
    );
  }
  for (const { defect, notes, detail } of wrong.slice(0, 20)) console.error(`${defect}: ${notes}: ${detail}`);
  const seconds = Math.round((Date.now() - began) / 1_000);
  console.log(
    `${writes.length} writes, ${operations.length - writes.length} reads, ${wrong.length} wrong, ${seconds} s`,
  );
}
