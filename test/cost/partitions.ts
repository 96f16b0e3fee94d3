import { randomUUID } from 'node:crypto';
import { appointmentKey, feedKey } from '../../lambda/store/keys.ts';

// Part of npm run cost: simulates one second of updates on partitions with the limits that AWS documents, and prints which of
// them throttle.

const updatesPerSecond = 10_000;
/** Write units per second of a partition. At best, DynamoDB gives a busy key its own partition. */
const unitsPerPartition = 1_000;

type Update = { readonly organization: string; readonly id: string; readonly kilobytes: number };
type Write = { readonly partition: string; readonly units: number };

/** The writes of an update to the table and to its index. A changed sort key costs the index a delete and a put. */
const keyDesigns: Readonly<Record<string, (update: Update) => Readonly<Record<'table' | 'index', Write>>>> = {
  // The index contained whole appointments, in one partition per organization. Ids are random, so the table could be split.
  old: ({ organization, id, kilobytes }) => ({
    table: { partition: `${organization}/${id}`, units: kilobytes },
    index: { partition: organization, units: 2 * kilobytes },
  }),
  new: ({ organization, id, kilobytes }) => ({
    table: { partition: appointmentKey(organization, id), units: kilobytes },
    index: { partition: feedKey(organization, id), units: 2 },
  }),
};

console.log(`\n${updatesPerSecond.toLocaleString('en')} updates/s, each of a different appointment`);
console.log(row(['organizations', 'keys', 'KB', 'successful updates/s', 'throttled by', 'busiest index partition']));
for (const organizations of [1, 1_000]) {
  for (const kilobytes of [1, 2, 4, 200]) {
    for (const name of Object.keys(keyDesigns)) console.log(row(simulated(name, organizations, kilobytes)));
  }
}

/** Simulates one second of updates, and returns a row of the table. */
function simulated(name: string, organizations: number, kilobytes: number): string[] {
  const requested = new Map<string, number>();
  const used = new Map<string, number>();
  const throttledBy = new Set<string>();
  let succeeded = 0;
  for (let n = 0; n < updatesPerSecond; n += 1) {
    const update = { organization: `org-${n % organizations}`, id: randomUUID(), kilobytes };
    const writes = Object.entries(keyDesigns[name]?.(update) ?? {}).map(([where, write]) => {
      return { where, units: write.units, partition: `${where} ${write.partition}` };
    });
    for (const { partition, units } of writes) requested.set(partition, (requested.get(partition) ?? 0) + units);
    const throttled = writes.filter(({ partition, units }) => (used.get(partition) ?? 0) + units > unitsPerPartition);
    for (const { where } of throttled) throttledBy.add(where);
    // A throttled index throttles its table: the update is written to both or to neither.
    if (throttled.length > 0) continue;
    succeeded += 1;
    for (const { partition, units } of writes) used.set(partition, (used.get(partition) ?? 0) + units);
  }
  const busiest = Math.max(...[...requested].map(([partition, units]) => (partition.startsWith('index') ? units : 0)));
  const share = `${((100 * busiest) / unitsPerPartition).toLocaleString('en', { maximumFractionDigits: 0 })} %`;
  const where = [...throttledBy].join(', ') || 'nothing';
  return [organizations, name, kilobytes, succeeded.toLocaleString('en'), where, share].map(String);
}

function row(cells: readonly string[]): string {
  const widths = [15, 6, 5, 24, 14, 24];
  return cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('');
}
