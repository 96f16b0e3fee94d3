import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { violationOf } from '../support/documented.ts';
import { ask, endAll, type Started, spawnStart, started, tokenFrom, waitForExit } from '../support/npm-start.ts';

// Each start synthesizes the stack, which is slow on a busy machine.
jest.setTimeout(120_000);

type Envelope = {
  readonly 'detail-type': string;
  readonly detail: { readonly appointment_id: string; readonly version: number };
};

describe('npm start -- --events URL', () => {
  let receiver: Server;
  let accepted: Envelope[];
  let rejected: number;

  afterEach(async () => {
    await endAll();
    receiver.close().closeAllConnections();
  });

  /** A URL that responds to its first events with these statuses (0 closes the connection), and accepts all later events. */
  async function receiveAfter(...failures: number[]): Promise<string> {
    [accepted, rejected] = [[], 0];
    receiver = createServer(async (request, response) => {
      const envelope: Envelope = Object(await json(request));
      const status = failures.shift() ?? 204;
      if (status === 204) accepted.push(envelope);
      else rejected += 1;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end();
    });
    return `http://127.0.0.1:${await listen(receiver)}/hook`;
  }

  it('sends each change in the envelope of EventBridge, and retries until the URL accepts it', async () => {
    const url = await receiveAfter(500, 404, 0, 301);
    const stack = await started(['--events', url]);
    const token = await tokenFrom(stack);
    const { id } = (await ask(stack, 'POST', '', anAppointment(), token)).json;
    await ask(stack, 'PUT', `/${id}/2`, anAppointment(), token);
    await ask(stack, 'DELETE', `/${id}/2`, undefined, token);
    await ask(stack, 'PUT', `/${id}/4`, anAppointment(), token);
    await until(() => versionsOf(id).size === 4);
    expect(rejected).toBe(4);
    expect(Object.fromEntries(accepted.map((each) => [each.detail.version, each['detail-type']]))).toEqual({
      1: 'AppointmentCreated',
      2: 'AppointmentUpdated',
      3: 'AppointmentDeactivated',
      4: 'AppointmentReactivated',
    });
    expect(accepted[0]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': expect.any(String),
      source: 'appointments',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: [],
      detail: expect.objectContaining({ organization_id: 'acme', appointment_id: id, status: 'PENDING' }),
    });
    const changeEvent = { $ref: '#/components/schemas/ChangeEvent' };
    expect(accepted.map((each) => violationOf(changeEvent, each))).toEqual(accepted.map(() => undefined));
    expect(notices(stack).at(0)).toBe(`${url} responds 500: retrying until it accepts events`);
    expect(notices(stack).at(-1)).toBe(`${url} accepts events again`);
  });

  it('rejects a value that is not a URL, in one sentence', async () => {
    const child = spawnStart(['--events', 'localhost:9000']);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    expect(await waitForExit(child)).toBe(1);
    expect(stderr).toBe('--events needs an http or https URL: npm start -- --help lists the arguments.\n');
    receiver = createServer();
  });

  function versionsOf(id: string): Set<number> {
    return new Set(accepted.flatMap(({ detail }) => (detail.appointment_id === id ? [detail.version] : [])));
  }
});

function notices({ lines }: Started): string[] {
  return lines.flatMap(({ notice }) => notice ?? []);
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !condition(); await sleep(50)) {
    if (Date.now() > end) throw new Error('The condition is still false after 30 s.');
  }
}
