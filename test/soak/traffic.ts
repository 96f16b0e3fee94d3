import type { FaultKind } from '../faults/faults.ts';
import { faulty } from '../faults/faulty.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { call, type Reply } from '../support/api.ts';

/** What was sent and answered so far. */
export type Tally = {
  requests: number;
  /** Creates, updates and deactivations. */
  writes: number;
  /** Of an appointment or its history: each reads the current item. */
  reads: number;
  readonly statuses: Map<number, number>;
};

const kinds: readonly FaultKind[] = [
  'reset before commit',
  'reset after commit',
  '500 before commit',
  '500 after commit',
  'ThrottlingException',
  'no JSON after commit',
  'truncated after commit',
];

// Then a client takes a new appointment: a history of hundreds of versions is not what most reads are about.
const maxVersions = 100;

/** One client that mixes all routes, until `stopped` says so: six in ten requests are updates, and 2 % of the writes meet a fault. */
export async function client(tally: Tally, stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    const { json } = await write('POST', '', 'create');
    for (let version = 1; version < maxVersions && !stopped(); version += 1) {
      const chance = Math.random();
      if (chance < 0.05) await write('DELETE', `/${json.id}/${version}`, undefined);
      else await write('PUT', `/${json.id}/${version + 1}`, 'update');
      if (chance > 0.5) await read(`/${json.id}`);
      if (chance > 0.9) await read(`/${json.id}/history`);
      if (chance > 0.95) await read(`/updates/scan?since=${new Date(Date.now() - 1_000).toISOString()}`);
    }
  }

  async function write(method: string, path: string, notes: string | undefined): Promise<Reply> {
    const fails = notes !== undefined && Math.random() < 0.02;
    const kind = kinds[Math.floor(Math.random() * kinds.length)];
    tally.writes += 1;
    const body = anAppointment({ notes: fails && kind ? faulty(kind, 1) : notes });
    return counted(await call(method, path, notes === undefined ? {} : { body }));
  }

  async function read(path: string): Promise<void> {
    if (!path.startsWith('/updates')) tally.reads += 1;
    counted(await call('GET', path));
  }

  function counted(reply: Reply): Reply {
    tally.requests += 1;
    tally.statuses.set(reply.status, (tally.statuses.get(reply.status) ?? 0) + 1);
    return reply;
  }
}
