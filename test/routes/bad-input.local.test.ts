import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, type Reply } from '../support/api.ts';
import { jsonValue, nearlyValidBody } from '../support/arbitrary-body.ts';
import { type RawOptions, rawCall } from '../support/raw-call.ts';

const json = { 'content-type': 'application/json' };
const emoji = '\u{1f600}';
const maxBytes = 262_144;

/** Valid JSON with exactly this many bytes. */
function jsonOfSize(bytes: number, fields: Record<string, unknown> = {}): string {
  const body = JSON.stringify(anAppointment(fields));
  return body + ' '.repeat(bytes - Buffer.byteLength(body));
}

/** A valid body as JSON, with one more member, which is inserted unchanged. */
function withMember(member: string): string {
  return JSON.stringify(anAppointment()).replace(/}$/, `,${member}}`);
}

/** A valid body as JSON, with the value of one field, which is inserted unchanged. */
function withValue(field: string, value: string): string {
  const { [field]: _, ...others } = anAppointment();
  return JSON.stringify(others).replace(/}$/, `,"${field}":${value}}`);
}

const withDoctor = (fields: Record<string, unknown>) => {
  const name = { family: 'Doe', given: [], use: 'USUAL' };
  return { attending_doctor: { name, telecoms: [], type: 'ATTENDING', ...fields } };
};

/** The appointment that every invalid request tries to change. It must stay as it was created. */
let asCreated: Reply['json'];
let targetId = '';
beforeAll(async () => {
  asCreated = await created(anAppointment());
  targetId = asCreated.id;
});

type Request = RawOptions & { readonly id?: string; readonly version?: string };
const valid = JSON.stringify(anAppointment());

/** Sends an update with the target's next version, and checks that it wrote nothing. */
async function sendInvalid({ id = targetId, version = '2', headers = json, body = valid }: Request) {
  const { status, json } = await rawCall('PUT', `/${id}/${version}`, { headers, body });
  const after = await call('GET', `/${targetId}`);
  expect(after.json).toEqual(asCreated);
  return { status, errorName: json.errorName, message: json.content?.message, content: json.content };
}

/** Sends an update with the next version of a new appointment. */
async function sendValid({ version = '2', headers = json, body = valid }: Request) {
  const { id } = await created(anAppointment());
  return rawCall('PUT', `/${id}/${version}`, { headers, body });
}

describe('a body that is not JSON', () => {
  const rows: [string, string | Uint8Array][] = [
    ['an empty body', ''],
    ['white space', ' \n'],
    ['text', 'hello'],
    ['half an object', valid.slice(0, -1)],
    ['two values', `${valid}${valid}`],
    ['UTF-16', Buffer.from(valid, 'utf16le')],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${valid}`, 'utf16le')],
    ['single quotes', "{'patient_id': 'p'}"],
    ['a trailing comma', '{"patient_id": "p",}'],
    ['a comment', `${valid} // mine`],
    ['NaN', withValue('service_duration', 'NaN')],
    ['a leading zero', withValue('service_duration', '030')],
    ['a line feed in a string', withValue('notes', '"a\nb"')],
    ['20,000 unclosed arrays', '['.repeat(20_000)],
    ['compressed bytes', Buffer.from('1f8b08', 'hex')],
    ['only a byte order mark', '\ufeff'],
    ['two byte order marks before the JSON', `\ufeff\ufeff${valid}`],
  ];

  it.each(rows)('returns 400: %s', async (_, body) => {
    for (const headers of [json, { 'content-type': 'application/vnd.x+json' }]) {
      expect(await sendInvalid({ headers, body })).toMatchObject({
        status: 400,
        errorName: 'BadRequestError',
        message: expect.stringMatching(/^The body is not valid (JSON|UTF-8)\.$/),
      });
    }
    expect(await rawCall('POST', '', { headers: json, body })).toMatchObject({ status: 400 });
  });
});

describe('a body in Latin-1', () => {
  it.each(['application/json; charset="utf-8"', 'application/json; charset=utf8', 'application/vnd.x+json'])(
    'returns 400 if the gateway passes its bytes: %s',
    async (type) => {
      const body = Buffer.from(withValue('notes', '"é"'), 'latin1');
      const expected = { status: 400, errorName: 'BadRequestError', message: 'The body is not valid UTF-8.' };
      expect(await sendInvalid({ headers: { 'content-type': type }, body })).toMatchObject(expected);
    },
  );
});

describe('a body with a forbidden key', () => {
  it.each([
    withMember('"__proto__":{"patient_id":"p"}'),
    withMember('"__proto__":null'),
    withMember('"constructor":{"prototype":{}}'),
    withValue('services', '[{"__proto__":{}}]'),
    withMember('"\\u005f\\u005fproto\\u005f\\u005f":{"patient_id":"p"}'),
    withMember('"c\\u006fnstructor":{"prototype":{}}'),
  ])('returns 400 and names the key: %s', async (body) => {
    const expected = { status: 400, errorName: 'BadRequestError', message: expect.stringContaining('__proto__') };
    expect(await sendInvalid({ body })).toMatchObject(expected);
  });

  it('returns 422, as for any unknown field, if the key cannot set a prototype', async () => {
    const { status, content } = await sendInvalid({ body: withMember('"constructor":1,"prototype":{}') });
    expect(status).toBe(422);
    expect(content.data.map(({ path }: { path: string }) => path).toSorted()).toEqual(['/constructor', '/prototype']);
  });
});

describe('a body that is nested 20,000 levels deep', () => {
  const nested = '['.repeat(20_000) + ']'.repeat(20_000);

  it.each([
    ['in notes', withValue('notes', nested)],
    ['in services', withValue('services', `[${nested}]`)],
    ['at the top', nested],
  ])('returns 400: %s', async (_, body) => {
    const expected = { status: 400, errorName: 'BadRequestError', message: 'The body is nested too deeply.' };
    expect(await sendInvalid({ body })).toMatchObject(expected);
  });
});

describe('a body that is not a valid appointment', () => {
  // Only what JSON and HTTP add. test/appointment/ covers every field.
  const rows: [body: string, path: string, rule: string][] = [
    ['null', '', 'type'],
    ['5', '', 'type'],
    ['"text"', '', 'type'],
    [`[${valid}]`, '', 'type'],
    ['{}', '/patient_id', 'required'],
    [withValue('patient_id', 'null'), '/patient_id', 'required'],
    [withValue('services', '[null]'), '/services/0', 'type'],
    [withMember('"a/b~c":1'), '/a~1b~0c', 'additionalProperties'],
    [withValue('patient_id', '"\\ud83d"'), '/patient_id', 'pattern'],
    [withValue('patient_id', `"${emoji.repeat(1_025)}"`), '/patient_id', 'maxLength'],
    [withValue('notes', `"${'n'.repeat(200_001)}"`), '/notes', 'maxLength'],
    [withValue('service_duration', '1e400'), '/service_duration', 'type'],
    [withValue('service_duration', '9007199254740993'), '/service_duration', 'maximum'],
    [withValue('start_timestamp', '"2026-02-30T09:00:00Z"'), '/start_timestamp', 'format'],
    [withValue('status', '"NOT_READY"'), '/work_queue', 'not_ready_needs_work_queue'],
  ];
  const cases = rows.map(([body, path, rule]) => ({
    body,
    path,
    rule,
    // For the title: the bodies differ at their end.
    end: body.length > 90 ? `…${body.slice(-60)}` : body,
  }));

  it.each(cases)('returns 422 with "$path" ($rule): $end', async ({ body, path, rule }) => {
    const field = path.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~') ?? '';
    const message = expect.stringContaining(/^\d+$/.test(field) ? `[${field}]` : field || 'the body');
    const expected = {
      status: 422,
      errorName: 'UnprocessableEntityError',
      content: { data: expect.arrayContaining([{ path, rule, message }]) },
    };
    expect(await sendInvalid({ body })).toMatchObject(expected);
    const post = await rawCall('POST', '', { headers: json, body });
    expect({ status: post.status, ...post.json }).toMatchObject(expected);
  });

  it('leaves its placer_appointment_id unused', async () => {
    const placed = { placer_appointment_id: crypto.randomUUID() };
    expect((await call('POST', '', { body: anAppointment({ ...placed, service_duration: -1 }) })).status).toBe(422);
    expect((await call('POST', '', { body: anAppointment(placed) })).status).toBe(200);
  });

  it.each([
    [99, 99, undefined],
    [100, 100, undefined],
    [101, 100, true],
    [20_000, 100, true],
  ])('with %i violations gets %i of them (truncated: %s)', async (total, listed, truncated) => {
    const unknown = Object.fromEntries(Array.from({ length: total }, (_, n) => [`${n}`, 0]));
    const { status, content } = await sendInvalid({ body: JSON.stringify({ ...anAppointment(), ...unknown }) });
    expect({ status, listed: content.data.length, truncated: content.truncated }).toEqual({
      status: 422,
      listed,
      truncated,
    });
    expect(content.data).toContainEqual(expect.objectContaining({ path: '/0', rule: 'additionalProperties' }));
  });

  it('with 131,000 wrong elements gets 100 violations', async () => {
    const { status, content } = await sendInvalid({ body: withValue('services', `[${'0,'.repeat(130_000)}0]`) });
    expect(status).toBe(422);
    expect(content).toMatchObject({ truncated: true, data: { length: 100 } });
    expect(content.data).toContainEqual(expect.objectContaining({ path: '/services', rule: 'maxItems' }));
  });
});

describe('a body at the limits', () => {
  const rows: Record<string, unknown>[] = [
    { service_duration: 0 },
    { service_duration: 2 ** 53 - 1 },
    { estimated_copay_cents: 0, estimated_patient_responsibility_cents: 2 ** 53 - 1, patient_deposit_cents: 1 },
    { start_timestamp: '0001-01-01T00:00:00Z' },
    { start_timestamp: '9999-12-31T23:59:59.999999999-23:59' },
    { start_timestamp: '2024-02-29T23:59:59.1+14:00' },
    { patient_id: 'p' },
    { patient_id: emoji.repeat(1_024) },
    { patient_id: '\u0000\u007f\u2028\uffff' },
    { placer_system_name: '' },
    { notes: 'n'.repeat(200_000) },
    { appointment_details: 'n'.repeat(200_000), notes: '' },
    { services: Array.from({ length: 100 }, () => ({})) },
    { services: [{ universal_service_identifier: 'MD_Visit', start_timestamp: '2026-03-02T09:00:00Z' }] },
    { location_resource_id: 'A' },
    { location_resource_id: 'A^' },
    { location_resource_id: `A^${'b'.repeat(1_022)}` },
    { automated_eligibility_check_complete: false },
    { status: 'NOT_READY', work_queue: 'NEW_PATIENT', not_ready_reason: 'NEW_COMBO' },
    { status: 'CHECKED_IN', checked_in_timestamp: '2026-03-02T08:59:59+01:00', ready_source: 'MANUAL' },
    withDoctor({ emails: Array.from({ length: 100 }, () => ''), period: { start: '2024-02-29', end: '9999-12-31' } }),
  ];

  it.each(rows.map((fields) => ({ fields, start: JSON.stringify(fields).slice(0, 90) })))(
    'is accepted and returned as sent: $start',
    async ({ fields }) => {
      const reply = await sendValid({ body: JSON.stringify(anAppointment(fields)) });
      expect(reply).toMatchObject({ status: 200, json: { version: 2, ...fields } });
    },
  );

  it.each([
    [
      'the six server-owned fields',
      { id: 5, organization_id: 'x', version: 'x', updated_at: {}, updating_user_id: [], deactivated: 7 },
    ],
    ['an unknown field that is null', { no_such_field: null }],
    ['a null at any depth', { notes: null, services: [{ start_timestamp: null, new_field: null }] }],
  ])('is accepted with %s', async (_, fields) => {
    const { status, json } = await sendValid({ body: JSON.stringify(anAppointment(fields)) });
    expect(status).toBe(200);
    expect(json).toMatchObject({ organization_id: 'acme', version: 2, deactivated: false });
    expect(JSON.stringify(json)).not.toContain('null');
  });
});

describe('the size of a body', () => {
  const vendor = { 'content-type': 'application/vnd.x+json' };

  it.each([
    ['', json, jsonOfSize(maxBytes)],
    [', counted in bytes, not in characters', json, jsonOfSize(maxBytes, { notes: 'é'.repeat(120_000) })],
    [', passed by the gateway as base64', vendor, jsonOfSize(maxBytes)],
  ])('may be 262,144 bytes%s', async (_, headers, body) => {
    expect(await sendValid({ headers, body })).toMatchObject({ status: 200, json: { version: 2 } });
  });

  it.each([
    ['one byte more', json, jsonOfSize(maxBytes + 1)],
    ['one byte more, in fewer characters', json, jsonOfSize(maxBytes + 1, { notes: 'é'.repeat(120_000) })],
    ['one byte more, passed by the gateway as base64', vendor, jsonOfSize(maxBytes + 1)],
    ['257 KiB that are not JSON', json, 'x'.repeat(257 * 1_024)],
    ['257 KiB of arrays', json, '['.repeat(257 * 1_024)],
    ['257 KiB of another type', { 'content-type': 'text/plain' }, 'x'.repeat(257 * 1_024)],
    ['4 MiB', json, jsonOfSize(4 * 1_024 * 1_024)],
  ])('returns 413 for %s', async (_, headers, body) => {
    expect(await sendInvalid({ headers, body })).toMatchObject({
      status: 413,
      errorName: 'PayloadTooLargeError',
      message: expect.stringContaining('256 KiB'),
    });
  });
});

describe('the content-type', () => {
  it.each([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json ; charset=utf-8',
    'Application/JSON',
    'application/vnd.x+json',
    'application/merge-patch+json; charset=utf-8',
  ])('may be %s', async (type) => {
    expect(await sendValid({ headers: { 'content-type': type } })).toMatchObject({ status: 200, json: { version: 2 } });
  });

  it.each([
    ['missing', {}],
    ['empty', { 'content-type': '' }],
    ...[
      'text/plain',
      'text/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
    ].map((type): [string, Record<string, string>] => [type, { 'content-type': type }]),
    ...['application/octet-stream', 'application/jsonp', 'application/json5', 'json', '*/*'].map(
      (type): [string, Record<string, string>] => [type, { 'content-type': type }],
    ),
  ])('returns 415 if it is %s', async (_, headers) => {
    expect(await sendInvalid({ headers })).toMatchObject({
      status: 415,
      errorName: 'UnsupportedMediaTypeError',
      message: expect.stringContaining('content-type'),
    });
  });
});

describe('an id in the path', () => {
  const uuid = '0b9a2f4e-6c1d-4e8f-9a3b-5d7c8e9f0a1b';

  it.each([
    ['an unknown UUID', uuid],
    ['a UUID without hyphens', uuid.replaceAll('-', '')],
    ['a UUID in braces', `%7B${uuid}%7D`],
    ['a UUID and another digit', `${uuid}0`],
    ['a UUID and a line feed', `${uuid}%0A`],
    ['a space and a UUID', `%20${uuid}`],
    ['a UUID with a wrong letter', uuid.replace('b', 'g')],
    ['two dots', '..'],
    ['two encoded dots', '%2E%2E'],
    ['an emoji', encodeURIComponent(emoji)],
    ['a NUL', '%00'],
    ['an incomplete escape', '%E0%A4'],
    ['full-width digits', encodeURIComponent(uuid.replace('0', '０'))],
    ['2,000 characters', 'a'.repeat(2_000)],
    ['a quote', '%27%22'],
    ['__proto__', '__proto__'],
  ])('returns 404 if it is %s', async (_, id) => {
    const message = 'Your organization has no appointment with this id.';
    expect(await sendInvalid({ id })).toMatchObject({ status: 404, errorName: 'NotFoundError', message });
    expect(await rawCall('GET', `/${id}`)).toMatchObject({ status: 404, json: { errorName: 'NotFoundError' } });
  });

  it.each(['', '%2F', `a%2F${uuid}`, `${uuid}%2F..`, '%3F'])(
    'returns 404 if it is not one segment of a path: %j',
    async (id) => {
      expect(await sendInvalid({ id })).toMatchObject({ status: 404 });
    },
  );

  it('may be in uppercase', async () => {
    const { id } = await created(anAppointment());
    expect(await rawCall('GET', `/${id.toUpperCase()}`)).toMatchObject({ status: 200, json: { id } });
  });
});

describe('a version in the path', () => {
  const bad = [
    '0',
    '-1',
    '+1',
    '1.5',
    '1.0',
    '01',
    '02',
    '1e1',
    '0x2',
    'NaN',
    'null',
    '%202',
    '2%20',
    '2%0A',
    '2,0',
    '1_0',
  ];
  const long = ['9007199254740991', '9007199254740993', '1000000000000000', '9'.repeat(20)];

  it.each([...bad, ...long, encodeURIComponent('２'), encodeURIComponent('٢'), encodeURIComponent(emoji), '%00'])(
    'returns 400 if it is %s',
    async (version) => {
      expect(await sendInvalid({ version })).toMatchObject({
        status: 400,
        errorName: 'BadRequestError',
        message: expect.stringContaining('version'),
      });
    },
  );

  it.each(['1', '3', '10', '999999999999999'])('returns 409 if it is not the next version: %s', async (version) => {
    expect(await sendInvalid({ version })).toMatchObject({
      status: 409,
      errorName: 'VersionConflictError',
      content: { latest_version: 1 },
    });
  });
});

describe('an Idempotency-Key', () => {
  it.each([
    ['0 characters', ''],
    ['256 characters', 'k'.repeat(256)],
    ['a space', 'a b'],
    ['a tab', 'a\tb'],
    ['a letter that is not ASCII', 'clé'],
  ])('returns 400 if it has %s', async (_, key) => {
    expect(await sendInvalid({ headers: { ...json, 'idempotency-key': key } })).toMatchObject({
      status: 400,
      errorName: 'BadRequestError',
      message: expect.stringContaining('Idempotency-Key'),
    });
  });

  it.each([
    ['1 character', '!'],
    ['255 characters', '~'.repeat(255)],
  ])('may have %s', async (_, key) => {
    expect(await sendValid({ headers: { ...json, 'idempotency-key': key } })).toMatchObject({ status: 200 });
  });
});

describe('a request with several mistakes', () => {
  const large = 'x'.repeat(maxBytes + 1);
  const plain = { 'content-type': 'text/plain' };
  const unknown = crypto.randomUUID();

  it.each([
    ['the id before anything else', 404, { id: 'x', version: '0', headers: plain, body: large }],
    ['the version before the size', 400, { version: '0', headers: plain, body: large }],
    ['the size before the type', 413, { headers: plain, body: large }],
    ['the type before the JSON', 415, { headers: plain, body: '{' }],
    ['the type before the schema', 415, { headers: plain, body: '{}' }],
    ['the JSON before the missing appointment', 400, { id: unknown, body: '{' }],
    ['the schema before the missing appointment', 422, { id: unknown, body: '{}' }],
    ['the schema before the late version', 422, { version: '1', body: '{}' }],
    ['the status rules before the late version', 422, { version: '1', body: withMember('"status":"NOT_READY"') }],
  ])('is rejected for %s (%i)', async (_, status, request) => {
    expect((await sendInvalid(request)).status).toBe(status);
  });
});

describe('any input', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef-.%/?#+e ') }),
  );

  it('returns 422, or 409 for a valid appointment: any JSON value as the body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(jsonValue, nearlyValidBody), async (body) => {
        const text = JSON.stringify(body);
        const { status, json } = await call('PUT', `/${targetId}/9`, { body: text });
        // A key that could set a prototype returns 400.
        expect(/__proto__|constructor/.test(text) ? [400, 409, 422] : [409, 422]).toContain(status);
        if (status === 422) expect(json.content.data.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
    expect((await call('GET', `/${targetId}`)).json).toEqual(asCreated);
  });

  it('returns 400 or 422: any bytes as the body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (body) => {
        expect([400, 422]).toContain((await rawCall('PUT', `/${targetId}/2`, { headers: json, body })).status);
      }),
    );
  });

  it('returns 404: any text as the id', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (id) => {
        expect((await rawCall('GET', `/${encodeURIComponent(id)}`)).status).toBe(404);
      }),
    );
  });

  it('returns 400, 404, or 409: any text as the version', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (version) => {
        // The gateway itself ends a path at an encoded question mark and decodes escapes.
        fc.pre(version !== '2' && !/[?%]/.test(version));
        const path = `/${targetId}/${encodeURIComponent(version)}`;
        const { status } = await rawCall('PUT', path, { headers: json, body: valid });
        const expected = /^[1-9][0-9]{0,14}$/.test(version) ? 409 : 400;
        expect(status).toBe(version === '' || version.includes('/') ? 404 : expected);
      }),
    );
    expect((await call('GET', `/${targetId}`)).json).toEqual(asCreated);
  });
});
