import { anAppointment } from '../support/an-appointment.ts';
import { call, type Reply } from '../support/api.ts';
import type { Operation, Read, Version, Write } from './operations.ts';

export type Plan = { readonly notes: string; readonly allowed: readonly number[] };

export type Workload = {
  readonly updates: number;
  readonly appointments: number;
  readonly writersOfEach: number;
  /** The notes of the next write, which say how it is to fail, and the statuses that may come of that. */
  readonly plan: () => Plan;
  readonly onUpdate?: () => void;
};

/** Concurrent writers of a few appointments, each of which goes on from the latest version that any of them has seen. */
export async function work({ updates, appointments, writersOfEach, plan, onUpdate }: Workload): Promise<Operation[]> {
  const operations: Operation[] = [];
  let left = updates;
  await Promise.all(Array.from({ length: appointments }, writeOne));
  return operations;

  async function writeOne(): Promise<void> {
    const { id } = await recorded(create({ notes: `the first of its kind #${crypto.randomUUID()}`, allowed: [200] }));
    if (id === undefined) return;
    let latest = 1;
    await Promise.all(Array.from({ length: writersOfEach }, write));

    async function write(): Promise<void> {
      while (left > 0) {
        left -= 1;
        if (left % 10 === 0) await createTwice();
        // One in ten comes late.
        const asked = left % 10 === 5 ? latest : latest + 1;
        const { answered, latestVersion } = await recorded(update(String(id), asked, plan()));
        onUpdate?.();
        latest = Math.max(latest, answered?.version ?? latestVersion ?? (await readLatest()));
        if (left % 5 === 0) await readLatest();
      }
    }

    async function readLatest(): Promise<number> {
      const { answered } = await recorded(read(String(id)));
      return answered?.version ?? latest;
    }
  }

  /** Two creates with one placer's id, of which one can win. */
  async function createTwice(): Promise<void> {
    const placer_appointment_id = crypto.randomUUID();
    await Promise.all([create(plan(), placer_appointment_id), create(plan(), placer_appointment_id)].map(recorded));
  }

  async function recorded<O extends Operation>(operation: Promise<O>): Promise<O> {
    const done = await operation;
    operations.push(done);
    return done;
  }
}

async function create({ notes, allowed }: Plan, placer_appointment_id?: string): Promise<Write> {
  const began = now();
  const { status, json } = await call('POST', '', { body: aBody({ notes, placer_appointment_id }) });
  const id: string | undefined = status === 409 ? json.content.data.id : json.id;
  return { kind: 'write', id, asked: 1, notes, allowed, began, ended: now(), status, ...said(status, json) };
}

async function update(id: string, asked: number, { notes, allowed }: Plan): Promise<Write> {
  const began = now();
  const { status, json } = await call('PUT', `/${id}/${asked}`, { body: aBody({ notes }) });
  return { kind: 'write', id, asked, notes, allowed, began, ended: now(), status, ...said(status, json) };
}

async function read(id: string): Promise<Read> {
  const began = now();
  const { status, json } = await call('GET', `/${id}`);
  return { kind: 'read', id, began, ended: now(), status, ...said(status, json) };
}

/** No two are the same in anything, so that an answer which mixes two of them is found out. */
function aBody(fields: Record<string, unknown>): Record<string, unknown> {
  return anAppointment({
    patient_id: crypto.randomUUID(),
    service_duration: Math.floor(Math.random() * 1e9),
    ...(Math.random() < 0.5 && { appointment_details: crypto.randomUUID() }),
    ...fields,
  });
}

function said(status: number, json: Reply['json']): { answered?: Version; latestVersion?: number } {
  if (status === 200) {
    const { id, version, notes } = json;
    return { answered: { id, version, notes, whole: json } };
  }
  return status === 409 ? { latestVersion: json.content.latest_version } : {};
}

let moments = 0;

/** Operations run in one process: a counter orders their beginnings and ends strictly. */
function now(): number {
  moments += 1;
  return moments;
}
