import { randomUUID } from 'node:crypto';
import { appointmentKey, feedKey } from '../../lambda/store/keys.ts';

// Part of npm run cost: sends updates for a second into partitions as AWS documents them, and prints which of them throttle.

const updatesPerSecond = 10_000;
/** Write units a second of a partition. DynamoDB gives a busy key a partition to itself, at best. */
const unitsOfPartition = 1_000;

type Update = { readonly organization: string; readonly id: string; readonly kilobytes: number };
type Write = { readonly partition: string; readonly units: number };

/** What an update writes to the table and to its index. A changed sort key costs the index a delete and a put. */
const keys: Readonly<Record<string, (update: Update) => Readonly<Record<'table' | 'index', Write>>>> = {
  // The index held whole appointments, in one partition for each organization. Ids are random: the table could be split.
  old: ({ organization, id, kilobytes }) => ({
    table: { partition: `${organization}/${id}`, units: kilobytes },
    index: { partition: organization, units: 2 * kilobytes },
  }),
  new: ({ organization, id, kilobytes }) => ({
    table: { partition: appointmentKey(organization, id), units: kilobytes },
    index: { partition: feedKey(organization, id), units: 2 },
  }),
};

console.log(`\n${updatesPerSecond.toLocaleString('en')} updates/s, each of another appointment`);
console.log(row(['organizations', 'keys', 'KB', 'updates/s that succeed', 'throttled by', 'busiest index partition']));
for (const organizations of [1, 1_000]) {
  for (const kilobytes of [1, 2, 4, 200]) {
    for (const name of Object.keys(keys)) console.log(row(simulated(name, organizations, kilobytes)));
  }
}

/** A second of updates, as a row of the table. */
function simulated(name: string, organizations: number, kilobytes: number): string[] {
  const asked = new Map<string, number>();
  const used = new Map<string, number>();
  const throttledBy = new Set<string>();
  let succeeded = 0;
  for (let n = 0; n < updatesPerSecond; n += 1) {
    const update = { organization: `org-${n % organizations}`, id: randomUUID(), kilobytes };
    const writes = Object.entries(keys[name]?.(update) ?? {}).map(([where, write]) => {
      return { where, units: write.units, partition: `${where} ${write.partition}` };
    });
    for (const { partition, units } of writes) asked.set(partition, (asked.get(partition) ?? 0) + units);
    const full = writes.filter(({ partition, units }) => (used.get(partition) ?? 0) + units > unitsOfPartition);
    for (const { where } of full) throttledBy.add(where);
    // A throttled index throttles its table: the update is written to both or to neither.
    if (full.length > 0) continue;
    succeeded += 1;
    for (const { partition, units } of writes) used.set(partition, (used.get(partition) ?? 0) + units);
  }
  const busiest = Math.max(...[...asked].map(([partition, units]) => (partition.startsWith('index') ? units : 0)));
  const share = `${((100 * busiest) / unitsOfPartition).toLocaleString('en', { maximumFractionDigits: 0 })} %`;
  const where = [...throttledBy].join(', ') || 'nothing';
  return [organizations, name, kilobytes, succeeded.toLocaleString('en'), where, share].map(String);
}

function row(cells: readonly string[]): string {
  const widths = [15, 6, 5, 24, 14, 24];
  return cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('');
}
