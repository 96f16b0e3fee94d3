import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from '../infra/local/listen.ts';
import { aFullAppointment } from './support/an-appointment.ts';
import { call, created, tokenOf } from './support/api.ts';
import { builtFunction, requestOf } from './support/built-function.ts';
import { logUpTo } from './support/log.ts';
import { anItem } from './support/table.ts';
import { functions, routes } from './support/template.ts';

const canary = 'CANARY-0b7e';
const enumsAndTimes = new Set([
  'start_timestamp',
  'start',
  'end',
  'status',
  'work_queue',
  'not_ready_reason',
  'type',
  'use',
  'universal_service_identifier',
  'state',
  'country',
  'prior_authorization_status',
]);
const item = anItem({ appointment: anAppointmentOfCanaries(), version: 9 });

/** Bad responses of the database, with patient data wherever they can contain it. The key is the organization that gets the response. */
const badResponses = {
  'quotes-the-request': [400, { __type: 'x#ValidationException', message: canary }],
  'denies-access': [400, { __type: 'x#AccessDeniedException', message: canary }],
  'holds-another-version': [
    400,
    { __type: 'x#ConditionalCheckFailedException', message: canary, Item: marshall(item) },
  ],
  fails: [500, { __type: 'x#InternalServerError', message: canary }],
  throttles: [400, { __type: 'x#ThrottlingException', message: canary }],
  'returns-html': [200, `<html>${canary}`],
  'returns-half-a-body': [200, `{"Item":{"notes":{"S":"${canary}`],
} as const;

/** Every function that reads or writes an appointment. */
const functionNames = functions
  .filter(({ environment }) =>
    ['APPOINTMENTS_TABLE', 'HISTORY_TABLE', 'EVENT_BUS'].some((variable) => variable in environment),
  )
  .map(({ name }) => name);

const streamReaders: readonly string[] = ['record-history', 'publish-changes'];

describe('the log and the error responses', () => {
  let database: Server;
  let url: string;

  beforeAll(async () => {
    database = createServer(async (request, response) => {
      const sent = await text(request);
      const [, [status, body]] = Object.entries(badResponses).find(([organization]) => sent.includes(organization)) ?? [
        '',
        [500, ''],
      ];
      response
        .writeHead(status, { 'x-amzn-requestid': 'aws-1' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const port = await listen(database);
    url = `http://127.0.0.1:${port}`;
  });

  afterAll(() => {
    database.close().closeAllConnections();
  });

  it('contain no patient data, whatever the database returns to any function', async () => {
    await Promise.all(functionNames.map(expectNoPatientData));
  });

  async function expectNoPatientData(name: string): Promise<void> {
    const built = await builtFunction(name, url);
    const events = Object.keys(badResponses).map((organization) => eventFor(name, organization));
    const results = await Promise.all(events.map((event) => built.invoke(event)));
    await built.stop();
    expect(built.log()).not.toContain(canary);
    expect(JSON.stringify(results)).not.toContain(canary);
    // Every call failed, and each logged one line.
    expect({ name, failures: results.filter(isFailure).length }).toEqual({ name, failures: events.length });
    expect(built.log().trim().split('\n')).toHaveLength(events.length);
  }

  it.each(functionNames)('contain no patient data if %s crashes', async (name) => {
    const built = await builtFunction(name, url);
    const crash = built.invoke(
      streamReaders.includes(name) ? { Records: [{ dynamodb: null }, null] } : crashingEvent(name),
    );
    const result = await crash.catch(({ message }) => message);
    await built.stop();
    expect(`${built.log()} ${JSON.stringify(result)}`).not.toContain(canary);
    if (streamReaders.includes(name)) expect(result).toBe('TypeError');
    else expect(result).toMatchObject({ statusCode: 500, body: expect.stringContaining('InternalError') });
    expect(built.log()).toContain('TypeError');
  });

  it('name the route, the organization, the appointment, the error, and the AWS request id of a failed call', async () => {
    const built = await builtFunction('update-appointment', url);
    const event = eventFor('update-appointment', 'denies-access');
    await built.invoke(event);
    await built.stop();
    expect(JSON.parse(built.log()).message).toEqual({
      status: 500,
      requestId: 'request-1',
      route: 'TEST /',
      organization: 'denies-access',
      appointment: Object(event.pathParameters).id,
      version: 9,
      errorName: 'InternalError',
      cause: { name: 'AccessDeniedException', metadata: { httpStatusCode: 400, requestId: 'aws-1' } },
    });
  });

  it('contain no patient data for any route and any error', async () => {
    const appointment = anAppointmentOfCanaries();
    const { id } = await created(appointment);
    const headers = { 'idempotency-key': randomUUID() };
    const successes = [
      await call('PUT', `/${id}/2`, { body: appointment, headers }),
      await call('GET', `/${id}?${canary}=${canary}`),
      await call('GET', `/${id}/history?${canary}=${canary}`),
      await call('DELETE', `/${id}/2?cancellation_reason=${canary}`),
    ];
    expect(successes.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const since = new Date(Date.now() - 60_000).toISOString();
    expect((await call('GET', `/updates/scan?since=${since}&${canary}=${canary}`)).status).toBe(200);
    const viewer = { token: await tokenOf('viewer') };
    const errors = [
      await call('PUT', `/${id}/2`, { body: appointment }),
      await call('PUT', `/${id}/2`, { body: { ...appointment, notes: `${canary}!` }, headers }),
      await call('PUT', `/${randomUUID()}/2`, { body: appointment }),
      await call('PUT', `/${id}/0`, { body: appointment }),
      await call('PUT', `/${id}/4`, { body: `{"notes":"${canary}"` }),
      await call('PUT', `/${id}/4`, { body: canary.repeat(30_000) }),
      await call('PUT', `/${id}/4`, { body: appointment, headers: { 'content-type': 'text/plain' } }),
      await call('PUT', `/${id}/4`, { body: withWrongTypes(appointment) }),
      await call('GET', `/${canary}`),
      await call('GET', `/updates/scan?since=${canary}`),
      await call('POST', '', { body: { ...appointment, placer_appointment_id: `${canary}-${id}`, services: canary } }),
      await call('POST', '', { body: `{"notes":"${canary}"` }),
      await call('POST', '', { body: canary.repeat(30_000) }),
      await call('POST', '', { body: appointment, headers: { 'content-type': 'text/plain' } }),
      await call('POST', '', { body: appointment, headers: { 'idempotency-key': `${canary} ${canary}` } }),
      await call('POST', '', { body: appointment }),
      await call('DELETE', `/${id}/${canary}`),
      await call('DELETE', `/${randomUUID()}/1`),
      await call('DELETE', `/${id}/1?cancellation_reason=${canary}`),
      await call('DELETE', `/${id}/3?cancellation_reason=${canary}&cancellation_reason=${canary}`),
      await call('DELETE', `/${id}/3?cancellation_reason=${canary}%ff`),
      await call('GET', `/${randomUUID()}`),
      await call('GET', `/${randomUUID()}/history`),
      await call('PUT', `/${id}/4`, { body: appointment, token: canary }),
      await call('PUT', `/${id}/4`, { body: appointment, ...viewer }),
      await call('PATCH', `/${id}/4`, { body: appointment }),
    ];
    expect(errors.map(({ status }) => status)).toEqual([
      ...[409, 422, 404, 400, 400, 413, 415, 422, 404, 400],
      ...[422, 400, 413, 415, 400, 409],
      ...[400, 404, 409, 400, 400, 404, 404, 401, 403, 404],
    ]);
    expect(errors.map((error) => error.text).join()).not.toContain(canary);
    // These responses name what the client sent. The log does not.
    const errorsWithName = [
      await call('PUT', `/${id}/4?${canary}=1`, { body: appointment }),
      await call('POST', `?${canary}=1`, { body: appointment }),
      await call('DELETE', `/${id}/3?${canary}=1`),
      await call('PUT', `/${id}/4`, { body: { ...appointment, [canary]: 1 } }),
      await call('PUT', `/${id}/4`, { body: { ...appointment, services: [{ [canary]: 1 }] } }),
      await call('PUT', `/${id}/4`, {
        body: appointment,
        headers: { 'content-type': `application/json; charset=${canary}` },
      }),
      await call('PUT', `/${id}/4`, { body: appointment, headers: { 'content-encoding': canary } }),
    ];
    expect(errorsWithName.map(({ status }) => status)).toEqual([400, 400, 400, 422, 422, 415, 415]);
    for (const { text } of errorsWithName) expect(text).toContain(canary);
    const last = await call('GET', `/${id}`);
    const log = await logUpTo(last);
    expect(log).not.toContain(canary);
    expect(log).toContain(id);
    const gatewayLog = await readFile(process.env.GATEWAY_LOG_FILE ?? '', 'utf8');
    expect(gatewayLog).not.toContain(canary);
    expect(gatewayLog).toContain(id);
    for (const { routeKey } of routes) expect(log).toContain(`"route":"${routeKey}"`);
  });
});

/** An appointment with every field, and with the canary in each field that accepts any text. */
function anAppointmentOfCanaries(): Record<string, unknown> {
  return JSON.parse(JSON.stringify(aFullAppointment()), (name, value) =>
    typeof value === 'string' && !enumsAndTimes.has(name) ? canary : value,
  );
}

/** The appointment with a value of the wrong type in every field. */
function withWrongTypes(appointment: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(appointment).map(([name, value]) => [name, [value, canary]]));
}

/** Whether the result is an error response or reports failed records. */
function isFailure(result: unknown): boolean {
  const { statusCode, batchItemFailures = [] }: { statusCode?: number; batchItemFailures?: unknown[] } = Object(result);
  return batchItemFailures.length > 0 || (statusCode ?? 0) >= 400;
}

/** An event full of canaries and without an authorizer, so that every function throws. */
function crashingEvent(name: string): Record<string, unknown> {
  return { ...eventFor(name, 'crashes'), requestContext: { requestId: 'request-1', [canary]: canary } };
}

const queries: Readonly<Record<string, string>> = {
  'scan-updates': 'since=2026-01-01T00:00:00Z',
  'deactivate-appointment': `cancellation_reason=${canary}`,
};

function eventFor(name: string, organization: string): Record<string, unknown> {
  if (streamReaders.includes(name)) {
    const NewImage = marshall({ ...item, appointment_key: `${randomUUID()}#${organization}` });
    return { Records: [{ dynamodb: { SequenceNumber: '1', NewImage } }] };
  }
  return requestOf(organization, {
    headers: { 'content-type': 'application/json' },
    pathParameters: { id: randomUUID(), version: '9' },
    rawQueryString: queries[name] ?? '',
    body: JSON.stringify(anAppointmentOfCanaries()),
  });
}
