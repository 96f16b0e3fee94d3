import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { statusRules } from '../lambda/appointment/status-rules.ts';
import { isDate, isTimestamp } from '../lambda/appointment/timestamp.ts';
import { statusOf } from '../lambda/http/answer.ts';
import { aFullAppointment, anAppointment } from './support/an-appointment.ts';
import { apiUrl, authUrl, call, created, type Reply, send } from './support/api.ts';

const text = readFileSync('openapi.json', 'utf8');
const document = JSON.parse(text);

// The document as one schema, whose parts are named by their pointers.
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': isTimestamp, date: isDate, uuid: true } });
ajv.addSchema(document, 'openapi.json');

describe('openapi.json', () => {
  it('is what its sources make: after a change of them, npm run openapi', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['infra/openapi.ts', '--print'], {
      maxBuffer: 2 ** 24,
    });
    expect(stdout).toBe(text);
  }, 120_000);

  it.each(statusRules)("has the rule $rule, in the rule's own words", ({ rule, message }) => {
    expect(document.components.schemas.AppointmentRequest.description).toContain(`\`${rule}\`: ${message}`);
  });

  it.each(Object.entries(statusOf))('has %s under its status, with an example', (errorName, status) => {
    const examples = everyResponse().flatMap(({ status, response }) =>
      Object.values(response.content?.['application/json'].examples ?? {}).map((example) => ({ status, example })),
    );
    expect(examples).toContainEqual({
      status: String(status),
      example: { value: { errorName, content: expect.objectContaining({ message: expect.any(String) }) } },
    });
  });

  it('has an example for every response that has a body', () => {
    for (const { response } of everyResponse()) {
      if (response.content) expect(response.content['application/json'].examples).not.toEqual({});
    }
  });

  describe('describes what the service answers', () => {
    const update = '/appointments/v1/{id}/{version}';

    it('to an update, and what it was sent', async () => {
      const body = aFullAppointment();
      const { id } = await created(anAppointment());
      expectValid('/components/schemas/AppointmentRequest', body);
      expectDescribed('put', update, await call('PUT', `/${id}/2`, { body }));
      expectDescribed('put', update, await call('PUT', `/${id}/2`, { body }));
      expectDescribed('put', update, await call('PUT', `/${id}/3`, { body: { services: [null] } }));
      expectDescribed('put', update, await call('PUT', `/${randomUUID()}/2`, { body }));
      expectDescribed('put', update, await call('PUT', `/${id}/03`, { body }));
      expectDescribed('put', update, await call('PUT', `/${id}/3`, { body: 'a'.repeat(2 ** 18 + 1) }));
      expectDescribed('put', update, await call('PUT', `/${id}/3`, { body, headers: { 'content-type': 'text/csv' } }));
      expectDescribed('put', update, await send('PUT', `${apiUrl()}/appointments/v1/${id}/3`, { body }));
      expectDescribed('delete', update, await call('DELETE', `/${id}/2`));
      expectDescribed('get', '/appointments/v1/{id}/history', await call('GET', `/${id}/history`));
    });

    it('to a request without an id', async () => {
      expectDescribed('post', '/appointments/v1', await call('POST', '', { body: anAppointment() }));
      const scan = '/appointments/v1/updates/scan';
      expectDescribed('get', scan, await call('GET', `/updates/scan?since=${new Date().toISOString()}`));
      expectDescribed('get', scan, await call('GET', '/updates/scan'));
      expectDescribed('get', '/appointments/v1/{id}', await call('GET', '/'));
    });

    it('to credentials', async () => {
      const url = `${authUrl()}/api/auth/v2/token`;
      for (const body of [{ client_id: 'acme', client_secret: 'acme-secret' }, { client_id: 'acme' }, '{']) {
        expectDescribed('post', '/api/auth/v2/token', await send('POST', url, { body }));
      }
      const wrong = { client_id: 'acme', client_secret: 'wrong' };
      expectDescribed('post', '/api/auth/v2/token', await send('POST', url, { body: wrong }));
    });
  });

  it('says that what the server owns may be sent along, and that no other unknown field may', async () => {
    const { id, ...answered } = await created(anAppointment());
    expectValid('/components/schemas/AppointmentRequest', { id, ...answered });
    expect(isValid('/components/schemas/AppointmentRequest', { ...answered, satus: 'READY' })).toBe(false);
    expect(isValid('/components/schemas/Appointment', { id, ...answered, satus: 'READY' })).toBe(false);
  });
});

type Response = {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content?: { readonly 'application/json': { readonly schema: unknown; readonly examples: object } };
};

function everyResponse(): { status: string; response: Response }[] {
  const operations: { responses: Record<string, Response> }[] = Object.values<object>(document.paths).flatMap(
    Object.values,
  );
  return operations.flatMap(({ responses }) =>
    Object.keys(responses).map((status) => ({ status, response: resolved(responses, status) })),
  );
}

/** The response of that status, or the shared one that stands there as a reference. */
function resolved(responses: Readonly<Record<string, unknown>>, status: string): Response {
  const response = Object(responses[status]);
  return response.$ref ? document.components.responses[response.$ref.split('/').at(-1)] : response;
}

/** That the document has this answer of that operation: its status, its headers, and a schema that its body is valid by. */
function expectDescribed(method: string, path: string, { status, headers, text, json }: Reply): void {
  const { responses } = document.paths[path][method];
  expect(Object.keys(responses)).toContain(String(status));
  const { content, headers: described } = resolved(responses, String(status));
  const sent = ['link', 'retry-after', 'www-authenticate', 'apigw-requestid'].filter((name) => headers.has(name));
  expect(Object.keys(described).map((name) => name.toLowerCase())).toEqual(expect.arrayContaining(sent));
  if (content) {
    const { schema } = content['application/json'];
    ajv.validate(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/')), json);
    expect(ajv.errors).toBeNull();
  } else {
    expect(text).toBe('');
  }
}

function isValid(pointer: string, value: unknown): boolean {
  return ajv.validate({ $ref: `openapi.json#${pointer}` }, value) === true;
}

function expectValid(pointer: string, value: unknown): void {
  isValid(pointer, value);
  expect(ajv.errors).toBeNull();
}
