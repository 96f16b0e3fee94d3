import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { changeTypes } from '../lambda/appointment/change.ts';
import { statusRules } from '../lambda/appointment/statuses.ts';
import { errorTable } from '../lambda/http/error-table.ts';
import { aFullAppointment, anAppointment } from './support/an-appointment.ts';
import { created } from './support/api.ts';
import { document, expectDocumented, responseOf, violationOf } from './support/documented.ts';

const responses = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).flatMap(([method, operation]) =>
    Object.keys(operation.responses).map((status) => ({
      of: `${method.toUpperCase()} ${path} ${status}`,
      status,
      body: responseOf(operation, status)?.content?.['application/json'],
    })),
  ),
);

describe('openapi.json', () => {
  it('is in sync with its sources: run npm run openapi after a change', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['infra/openapi/write-openapi.ts', '--print'], {
      maxBuffer: 2 ** 24,
    });
    expect(stdout).toBe(readFileSync('openapi.json', 'utf8'));
  }, 120_000);

  it('lists the update first, because it is the main job', () => {
    const [[path, operations] = []] = Object.entries(document.paths);
    expect(path).toBe('/appointments/v1/{id}/{version}');
    expect(Object.keys(operations ?? {})[0]).toBe('put');
  });

  it.each(statusRules)('states the rule $rule with the message that clients read', ({ rule, message }) => {
    expect(document.components.schemas.AppointmentRequest?.description).toContain(`\`${rule}\`: ${message}`);
  });

  it.each(Object.entries(errorTable))('has an example of %s with its status', (errorName, { status }) => {
    const withExample = responses.filter(({ body }) => Object.hasOwn(body?.examples ?? {}, errorName));
    expect(withExample.length).toBeGreaterThan(0);
    for (const response of withExample) expect(response.status).toBe(String(status));
  });

  it('names the version of the contract, and the routes that the service does not have', () => {
    expect(document.info.description).toMatch('SDK 1.34');
    expect(document.info.description).toMatch('`visits` and `visits/counts` need patient and coverage data');
  });

  it.each(responses.filter(({ body }) => body))('has valid examples of $of', ({ body }) => {
    const examples = body?.examples ? Object.values(body.examples).map(({ value }) => value) : [body?.example];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(violationOf(body?.schema ?? {}, example)).toBeUndefined();
  });

  it('has a webhook with a valid example for each type of change', () => {
    expect(Object.keys(document.webhooks)).toEqual([...changeTypes]);
    for (const [type, { post }] of Object.entries(document.webhooks)) {
      const { schema, example } = post.requestBody.content['application/json'];
      expect(violationOf(schema, example)).toBeUndefined();
      expect(example).toMatchObject({ 'detail-type': type });
      expect(violationOf(schema, { ...Object(example), 'detail-type': 'AppointmentMoved' })).toMatch('detail-type');
    }
  });

  const request = { $ref: '#/components/schemas/AppointmentRequest' };

  it('accepts every field of the contract and of the server in a request, but no unknown field', async () => {
    const appointment = await created(anAppointment());
    expect(violationOf(request, aFullAppointment())).toBeUndefined();
    expect(violationOf(request, appointment)).toBeUndefined();
    expect(violationOf(request, { ...appointment, satus: 'READY' })).toMatch('satus must be null');
    const response = { $ref: '#/components/schemas/Appointment' };
    expect(violationOf(response, { ...appointment, satus: 'READY' })).toMatch('additional');
    expect(violationOf(response, { ...appointment, notes: null })).toMatch('notes must be string');
  });
});

describe('the check of every response in these suites', () => {
  const get = { method: 'GET', url: 'http://localhost/appointments/v1/6f1c7a52-5d0e-4f5a-9b1e-3f0f6f6c2d11' };
  const notFound = JSON.stringify({ errorName: 'NotFoundError', content: { message: 'Not found.' } });

  const headers = new Headers({ 'cache-control': 'no-store' });

  it('accepts a response that openapi.json describes', () => {
    expectDocumented({ ...get, status: 404, headers, text: notFound });
    expectDocumented({ ...get, status: 404, headers: new Headers(), text: '{"message":"Not Found"}' });
  });

  it.each([
    ['status', { status: 409, text: notFound }, 'received 409'],
    ['error', { status: 404, text: notFound.replace('NotFound', 'Absent') }, 'another body'],
    ['body', { status: 200, text: '{"id":5}' }, 'another body'],
    ['header', { status: 404, text: notFound, headers: new Headers({ link: '<x>' }) }, 'undocumented header link'],
    ['cache', { status: 404, text: notFound, headers: new Headers() }, 'may be cached'],
  ])('rejects another %s', (_, response, message) => {
    expect(() => expectDocumented({ ...get, headers, ...response })).toThrow(message);
  });

  it('rejects a body if openapi.json describes none', () => {
    const url = `${get.url}/1`;
    const response = { method: 'DELETE', url, status: 200, headers, text: '{}' };
    expect(() => expectDocumented(response)).toThrow('with a body');
  });
});
