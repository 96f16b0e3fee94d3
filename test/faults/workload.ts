import { anAppointment } from '../support/an-appointment.ts';
import { call, type Reply } from '../support/api.ts';
import type { Operation, Read, Version, Write } from './operations.ts';

export type Plan = { readonly notes: string; readonly allowed: readonly number[] };

export type Workload = {
  readonly updates: number;
  readonly appointments: number;
  readonly writersOfEach: number;
  /** The notes of the next write, which choose its fault, and the statuses that the fault allows. */
  readonly plan: () => Plan;
  readonly onUpdate?: () => void;
};

/** Runs concurrent writers of a few appointments. Each continues from the latest version that any of them has seen. */
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
        // One in ten is late.
        const version = left % 10 === 5 ? latest : latest + 1;
        const { returned, latestVersion } = await recorded(update(String(id), version, plan()));
        onUpdate?.();
        latest = Math.max(latest, returned?.version ?? latestVersion ?? (await readLatest()));
        if (left % 5 === 0) await readLatest();
      }
    }

    async function readLatest(): Promise<number> {
      const { returned } = await recorded(read(String(id)));
      return returned?.version ?? latest;
    }
  }

  /** Two creates with the same placer id. Only one can win. */
  async function createTwice(): Promise<void> {
    const placer_appointment_id = crypto.randomUUID();
    await Promise.all([create(plan(), placer_appointment_id), create(plan(), placer_appointment_id)].map(recorded));
  }

  async function recorded<O extends Operation>(operation: Promise<O>): Promise<O> {
    const finished = await operation;
    operations.push(finished);
    return finished;
  }
}

async function create({ notes, allowed }: Plan, placer_appointment_id?: string): Promise<Write> {
  const began = now();
  const { status, json } = await call('POST', '', { body: aBody({ notes, placer_appointment_id }) });
  const id: string | undefined = status === 409 ? json.content.data.id : json.id;
  return { kind: 'write', id, version: 1, notes, allowed, began, ended: now(), status, ...outcomeOf(status, json) };
}

async function update(id: string, version: number, { notes, allowed }: Plan): Promise<Write> {
  const began = now();
  const { status, json } = await call('PUT', `/${id}/${version}`, { body: aBody({ notes }) });
  return { kind: 'write', id, version, notes, allowed, began, ended: now(), status, ...outcomeOf(status, json) };
}

async function read(id: string): Promise<Read> {
  const began = now();
  const { status, json } = await call('GET', `/${id}`);
  return { kind: 'read', id, began, ended: now(), status, ...outcomeOf(status, json) };
}

/** A body with unique values, so that the checker notices a response that mixes two of them. */
function aBody(fields: Record<string, unknown>): Record<string, unknown> {
  return anAppointment({
    patient_id: crypto.randomUUID(),
    service_duration: Math.floor(Math.random() * 1e9),
    ...(Math.random() < 0.5 && { appointment_details: crypto.randomUUID() }),
    ...fields,
  });
}

function outcomeOf(status: number, json: Reply['json']): { returned?: Version; latestVersion?: number } {
  if (status === 200) {
    const { id, version, notes } = json;
    return { returned: { id, version, notes, whole: json } };
  }
  return status === 409 ? { latestVersion: json.content.latest_version } : {};
}

let moments = 0;

/** Operations run in one process: a counter orders their beginnings and ends strictly. */
function now(): number {
  moments += 1;
  return moments;
}
