import { anAppointment } from '../support/an-appointment.ts';
import { call } from '../support/api.ts';
import type { Operation } from './checker.ts';

/** Runs clients that read and write the same few appointments. Each client continues from the version that it saw last. */
export async function runClients(
  clients: number,
  appointments: number,
  operations: number,
  onOperation: () => void,
): Promise<Operation[]> {
  const done: Operation[] = [];
  const ids = await Promise.all(Array.from({ length: appointments }, create));
  let left = operations - appointments;
  await Promise.all(Array.from({ length: clients }, client));
  return done;

  function randomId(): string {
    return ids[Math.floor(Math.random() * ids.length)] ?? '';
  }

  async function client(): Promise<void> {
    const seen = new Map<string, number>();
    let appointment = randomId();
    while (left > 0) {
      left -= 1;
      if (Math.random() < 0.1) appointment = randomId();
      const known = seen.get(appointment);
      const reads = known === undefined || Math.random() < 0.3;
      const { version } = await (reads ? read(appointment) : update(appointment, known + distance()));
      seen.set(appointment, version);
    }
  }

  async function create(): Promise<string> {
    const notes = crypto.randomUUID();
    const began = now();
    const { status, json } = await call('POST', '', { body: anAppointment({ notes }) });
    record({ appointment: json.id, asked: 1, status, version: json.version, notes: json.notes, began, ended: now() });
    return json.id;
  }

  async function read(appointment: string): Promise<Operation> {
    const began = now();
    const { status, json } = await call('GET', `/${appointment}`);
    return record({ appointment, status, version: json.version ?? 0, notes: json.notes, began, ended: now() });
  }

  async function update(appointment: string, asked: number): Promise<Operation> {
    const body = anAppointment({ notes: crypto.randomUUID() });
    const began = now();
    const { status, json } = await call('PUT', `/${appointment}/${asked}`, { body });
    const seen = status === 200 ? { version: json.version, notes: json.notes } : { version: latestIn(json) };
    return record({ appointment, asked, status, began, ended: now(), ...seen });
  }

  function record(operation: Operation): Operation {
    done.push(operation);
    onOperation();
    return operation;
  }
}

/** Added to the version that a client knows: mostly the next version, sometimes the same one or one too high. */
function distance(): number {
  const chance = Math.random();
  return chance < 0.9 ? 1 : chance < 0.95 ? 0 : 2;
}

function latestIn({ content }: { content?: { latest_version?: number } }): number {
  return content?.latest_version ?? 0;
}

let clock = 0;

/** All clients run in one process, so a counter puts starts and ends in a strict order. */
function now(): number {
  clock += 1;
  return clock;
}
