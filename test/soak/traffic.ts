import type { FaultKind } from '../faults/faults.ts';
import { faulty } from '../faults/faulty.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { call, type Reply } from '../support/api.ts';

/** Counts of the requests and responses so far. */
export type Tally = {
  requests: number;
  /** Creates, updates and deactivations. */
  writes: number;
  /** Reads of an appointment or its history. Each one is a GetItem of the current item. */
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

// After this many versions a client creates a new appointment: most appointments have short histories.
const maxVersions = 100;

/** Mixes requests to all routes until `stopped` returns true: 60 % are updates, and 2 % of the writes meet a fault. */
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
