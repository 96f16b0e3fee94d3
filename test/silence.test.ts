import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aFullAppointment } from './support/an-appointment.ts';
import { call, created } from './support/api.ts';
import { builtFunction, requestOf } from './support/built-function.ts';
import { anItem } from './support/table.ts';

const canary = 'CANARY-0b7e';
const keywordsAndTimes = new Set([
  'start_timestamp',
  'start',
  'end',
  'status',
  'work_queue',
  'not_ready_reason',
  'type',
  'use',
  'universal_service_identifier',
]);
const item = anItem({ appointment: anAppointmentOfCanaries(), version: 9 });

/** What a database may answer that is no good, with a patient's data wherever it can be; by the organization that asks. */
const faults = {
  'quotes-the-request': [400, { __type: 'x#ValidationException', message: canary }],
  'permits-nothing': [400, { __type: 'x#AccessDeniedException', message: canary }],
  'holds-another-version': [
    400,
    { __type: 'x#ConditionalCheckFailedException', message: canary, Item: marshall(item) },
  ],
  fails: [500, { __type: 'x#InternalServerError', message: canary }],
  throttles: [400, { __type: 'x#ThrottlingException', message: canary }],
  'speaks-no-json': [200, `<html>${canary}`],
  'is-cut-off': [200, `{"Item":{"notes":{"S":"${canary}`],
} as const;

const functions = [
  'update-appointment',
  'create-appointment',
  'get-appointment',
  'get-history',
  'scan-updates',
  'deactivate-appointment',
  'record-history',
];

describe('silence about patients', () => {
  let database: Server;
  let url: string;

  beforeAll(async () => {
    database = createServer(async (request, response) => {
      const asked = await text(request);
      const [, [status, body]] = Object.entries(faults).find(([name]) => asked.includes(name)) ?? ['', [500, '']];
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(database, 'listening');
    const address = database.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    url = `http://127.0.0.1:${address.port}`;
  });

  afterAll(() => {
    database.close().closeAllConnections();
  });

  it('holds in every function, whatever the database answers', async () => {
    const said = await Promise.all(functions.map(saidBy));
    expect(said.filter((words) => words.includes(canary))).toEqual([]);
    expect(said.filter((words) => !words.includes('"message"'))).toEqual([]);
  });

  /** What a function logs and answers when it meets the faults, all at once. */
  async function saidBy(name: string): Promise<string> {
    const built = await builtFunction(name, url);
    const events = [...Object.keys(faults).map((fault) => eventFor(name, fault)), crashing(eventFor(name, 'crashes'))];
    const answers = await Promise.all(events.map((event) => built.invoke(event)));
    await built.stop();
    return `${name}: ${built.log()} ${JSON.stringify(answers)}`;
  }

  it('holds in the log of every route, and in every error', async () => {
    const appointment = anAppointmentOfCanaries();
    const { id } = await created(appointment);
    const headers = { 'idempotency-key': randomUUID() };
    const successes = [
      await call('PUT', `/${id}/2`, { body: appointment, headers }),
      await call('GET', `/${id}`),
      await call('GET', `/${id}/history`),
      await call('DELETE', `/${id}/2`),
    ];
    expect(successes.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const errors = [
      await call('PUT', `/${id}/2`, { body: appointment }),
      await call('PUT', `/${id}/2`, { body: { ...appointment, notes: `${canary}!` }, headers }),
      await call('PUT', `/${randomUUID()}/2`, { body: appointment }),
      await call('PUT', `/${id}/0`, { body: appointment }),
      await call('PUT', `/${id}/4`, { body: `{"notes":"${canary}"` }),
      await call('PUT', `/${id}/4`, { body: canary.repeat(30_000) }),
      await call('PUT', `/${id}/4`, { body: appointment, headers: { 'content-type': 'text/plain' } }),
      await call('PUT', `/${id}/4`, { body: spoilt(appointment) }),
      await call('GET', `/${canary}`),
      await call('GET', `/updates/scan?since=${canary}`),
    ];
    expect(errors.map(({ status }) => status)).toEqual([409, 422, 404, 400, 400, 413, 415, 422, 404, 400]);
    expect(errors.map((error) => error.text).join()).not.toContain(canary);
    const log = await readFile(process.env.LOG_FILE ?? '', 'utf8');
    expect(log).not.toContain(canary);
    expect(log).toContain(id);
  });
});

/** An appointment with every field set, and the canary in each that takes any text. */
function anAppointmentOfCanaries(): Record<string, unknown> {
  return JSON.parse(JSON.stringify(aFullAppointment()), (name, value) =>
    typeof value === 'string' && !keywordsAndTimes.has(name) ? canary : value,
  );
}

/** The appointment with each of its values of a wrong kind. */
function spoilt(appointment: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(appointment).map(([name, value]) => [name, [value, canary]]));
}

/** The event with a part missing that no function looks for: whoever reads it throws. */
function crashing(event: Record<string, unknown>): Record<string, unknown> {
  return { ...event, headers: null, rawQueryString: null, pathParameters: { id: canary.length, version: 1 } };
}

function eventFor(name: string, organization: string): Record<string, unknown> {
  if (name === 'record-history') {
    const NewImage = marshall({ ...item, organization_id: organization });
    return { Records: [{ dynamodb: { SequenceNumber: '1', NewImage } }] };
  }
  return requestOf(organization, {
    headers: { 'content-type': 'application/json' },
    pathParameters: { id: randomUUID(), version: '9' },
    rawQueryString: 'since=2026-01-01T00:00:00Z',
    body: JSON.stringify(anAppointmentOfCanaries()),
  });
}
