import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anAppointment } from '../support/an-appointment.ts';
import { call, created, type Reply } from '../support/api.ts';
import { jsonValue, nearlyValidBody } from '../support/arbitrary-body.ts';
import { type RawOptions, rawCall } from '../support/raw-call.ts';

const json = { 'content-type': 'application/json' };
const emoji = '\u{1f600}';
const maxBytes = 262_144;

/** Valid JSON of exactly so many bytes. */
function ofBytes(bytes: number, fields: Record<string, unknown> = {}): string {
  const body = JSON.stringify(anAppointment(fields));
  return body + ' '.repeat(bytes - Buffer.byteLength(body));
}

/** A valid body's JSON with one member more, written as it is. */
function withMember(member: string): string {
  return JSON.stringify(anAppointment()).replace(/}$/, `,${member}}`);
}

/** A valid body's JSON with a field's value written as it is. */
function withValue(field: string, value: string): string {
  const { [field]: _, ...others } = anAppointment();
  return JSON.stringify(others).replace(/}$/, `,"${field}":${value}}`);
}

const withDoctor = (fields: Record<string, unknown>) => {
  const name = { family: 'Doe', given: [], use: 'USUAL' };
  return { attending_doctor: { name, telecoms: [], type: 'ATTENDING', ...fields } };
};

/** The appointment that no request of this file may change, as it was created. */
let asCreated: Reply['json'];
let standing = '';
beforeAll(async () => {
  asCreated = await created(anAppointment());
  standing = asCreated.id;
});

type Request = RawOptions & { readonly id?: string; readonly version?: string };
const valid = JSON.stringify(anAppointment());

/** Sends an update of the standing appointment's next version, and sees to it that it wrote nothing. */
async function refused({ id = standing, version = '2', headers = json, body = valid }: Request) {
  const { status, json } = await rawCall('PUT', `/${id}/${version}`, { headers, body });
  const after = await call('GET', `/${standing}`);
  expect(after.json).toEqual(asCreated);
  return { status, errorName: json.errorName, message: json.content?.message, content: json.content };
}

/** Sends a request as the next version of a new appointment. */
async function updated({ version = '2', headers = json, body = valid }: Request) {
  const { id } = await created(anAppointment());
  return rawCall('PUT', `/${id}/${version}`, { headers, body });
}

describe('a body that is no JSON', () => {
  const rows: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['white space', ' \n'],
    ['text', 'hello'],
    ['half an object', valid.slice(0, -1)],
    ['two values', `${valid}${valid}`],
    ['UTF-16', Buffer.from(valid, 'utf16le')],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${valid}`, 'utf16le')],
    ['single quotes', "{'patient_id': 'p'}"],
    ['a comma too many', '{"patient_id": "p",}'],
    ['a comment', `${valid} // mine`],
    ['NaN', withValue('service_duration', 'NaN')],
    ['a leading zero', withValue('service_duration', '030')],
    ['a line feed in a string', withValue('notes', '"a\nb"')],
    ['20,000 arrays that do not end', '['.repeat(20_000)],
    ['compressed', Buffer.from('1f8b08', 'hex')],
    ['a byte order mark and nothing else', '\ufeff'],
    ['two byte order marks before it', `\ufeff\ufeff${valid}`],
  ];

  it.each(rows)('is a 400: %s', async (_, body) => {
    for (const headers of [json, { 'content-type': 'application/vnd.x+json' }]) {
      expect(await refused({ headers, body })).toMatchObject({
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
    'is a 400 where the gateway passes its bytes: %s',
    async (type) => {
      const body = Buffer.from(withValue('notes', '"é"'), 'latin1');
      const expected = { status: 400, errorName: 'BadRequestError', message: 'The body is not valid UTF-8.' };
      expect(await refused({ headers: { 'content-type': type }, body })).toMatchObject(expected);
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
  ])('is a 400 that names it: %s', async (body) => {
    const expected = { status: 400, errorName: 'BadRequestError', message: expect.stringContaining('__proto__') };
    expect(await refused({ body })).toMatchObject(expected);
  });

  it('is a 422 like any other unknown field if it sets no prototype', async () => {
    const { status, content } = await refused({ body: withMember('"constructor":1,"prototype":{}') });
    expect(status).toBe(422);
    expect(content.data.map(({ path }: { path: string }) => path).toSorted()).toEqual(['/constructor', '/prototype']);
  });
});

describe('a body that is nested 20,000 levels deep', () => {
  const nested = '['.repeat(20_000) + ']'.repeat(20_000);

  it.each([nested, withValue('notes', nested), withValue('services', `[${nested}]`)])('is a 400', async (body) => {
    const expected = { status: 400, errorName: 'BadRequestError', message: 'The body is nested too deeply.' };
    expect(await refused({ body })).toMatchObject(expected);
  });
});

describe('a body that is no appointment', () => {
  // What JSON and HTTP add; test/appointment/ has every field.
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
    // Bodies differ at their end; the long ones in what repeats.
    end: body.length > 90 ? `…${body.slice(-60)}` : body,
  }));

  it.each(cases)('is a 422 that names "$path" ($rule): $end', async ({ body, path, rule }) => {
    const field = path.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~') ?? '';
    const message = expect.stringContaining(/^\d+$/.test(field) ? `[${field}]` : field || 'the body');
    const expected = {
      status: 422,
      errorName: 'UnprocessableEntityError',
      content: { data: expect.arrayContaining([{ path, rule, message }]) },
    };
    expect(await refused({ body })).toMatchObject(expected);
    const post = await rawCall('POST', '', { headers: json, body });
    expect({ status: post.status, ...post.json }).toMatchObject(expected);
  });

  it('claims no placer_appointment_id', async () => {
    const placed = { placer_appointment_id: crypto.randomUUID() };
    expect((await call('POST', '', { body: anAppointment({ ...placed, service_duration: -1 }) })).status).toBe(422);
    expect((await call('POST', '', { body: anAppointment(placed) })).status).toBe(200);
  });

  it.each([
    [99, 99, undefined],
    [100, 100, undefined],
    [101, 100, true],
    [20_000, 100, true],
  ])('with %i violations is told of %i of them (truncated: %s)', async (wrong, told, truncated) => {
    const unknown = Object.fromEntries(Array.from({ length: wrong }, (_, n) => [`${n}`, 0]));
    const { status, content } = await refused({ body: JSON.stringify({ ...anAppointment(), ...unknown }) });
    expect({ status, told: content.data.length, truncated: content.truncated }).toEqual({
      status: 422,
      told,
      truncated,
    });
    expect(content.data).toContainEqual(expect.objectContaining({ path: '/0', rule: 'additionalProperties' }));
  });

  it('with 131,000 wrong elements is told of 100 violations', async () => {
    const { status, content } = await refused({ body: withValue('services', `[${'0,'.repeat(130_000)}0]`) });
    expect(status).toBe(422);
    expect(content).toMatchObject({ truncated: true, data: { length: 100 } });
    expect(content.data).toContainEqual(expect.objectContaining({ path: '/services', rule: 'maxItems' }));
  });
});

describe('a body at its bounds', () => {
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
    'is accepted, and returned as sent: $start',
    async ({ fields }) => {
      const reply = await updated({ body: JSON.stringify(anAppointment(fields)) });
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
    const { status, json } = await updated({ body: JSON.stringify(anAppointment(fields)) });
    expect(status).toBe(200);
    expect(json).toMatchObject({ organization_id: 'acme', version: 2, deactivated: false });
    expect(JSON.stringify(json)).not.toContain('null');
  });
});

describe('the size of a body', () => {
  const vendor = { 'content-type': 'application/vnd.x+json' };

  it.each([
    ['', json, ofBytes(maxBytes)],
    [', counted in bytes and not in characters', json, ofBytes(maxBytes, { notes: 'é'.repeat(120_000) })],
    [', where the gateway sends it as base64', vendor, ofBytes(maxBytes)],
  ])('may be 262,144 bytes%s', async (_, headers, body) => {
    expect(await updated({ headers, body })).toMatchObject({ status: 200, json: { version: 2 } });
  });

  it.each([
    ['one byte more', json, ofBytes(maxBytes + 1)],
    ['one byte more, in fewer characters', json, ofBytes(maxBytes + 1, { notes: 'é'.repeat(120_000) })],
    ['one byte more, where the gateway sends it as base64', vendor, ofBytes(maxBytes + 1)],
    ['257 KiB that are no JSON', json, 'x'.repeat(257 * 1_024)],
    ['257 KiB of arrays', json, '['.repeat(257 * 1_024)],
    ['257 KiB of another type', { 'content-type': 'text/plain' }, 'x'.repeat(257 * 1_024)],
    ['4 MiB', json, ofBytes(4 * 1_024 * 1_024)],
  ])('is a 413 with %s', async (_, headers, body) => {
    expect(await refused({ headers, body })).toMatchObject({
      status: 413,
      errorName: 'PayloadTooLargeError',
      message: expect.stringContaining('256 KiB'),
    });
  });
});

describe('the type of a body', () => {
  it.each([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json ; charset=utf-8',
    'Application/JSON',
    'application/vnd.x+json',
    'application/merge-patch+json; charset=utf-8',
  ])('may be %s', async (type) => {
    expect(await updated({ headers: { 'content-type': type } })).toMatchObject({ status: 200, json: { version: 2 } });
  });

  it.each([
    ['none', {}],
    ['an empty one', { 'content-type': '' }],
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
  ])('is a 415 where it is %s', async (_, headers) => {
    expect(await refused({ headers })).toMatchObject({
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
    ['a UUID and more', `${uuid}0`],
    ['a UUID and a line feed', `${uuid}%0A`],
    ['a space and a UUID', `%20${uuid}`],
    ['a UUID with a wrong letter', uuid.replace('b', 'g')],
    ['two dots', '..'],
    ['two encoded dots', '%2E%2E'],
    ['an emoji', encodeURIComponent(emoji)],
    ['a NUL', '%00'],
    ['half an escape', '%E0%A4'],
    ['full-width digits', encodeURIComponent(uuid.replace('0', '０'))],
    ['2,000 characters', 'a'.repeat(2_000)],
    ['a quote', '%27%22'],
    ['__proto__', '__proto__'],
  ])('is a 404 where it is %s', async (_, id) => {
    const notFound = {
      status: 404,
      errorName: 'NotFoundError',
      message: 'Your organization has no appointment with this id.',
    };
    expect(await refused({ id })).toMatchObject(notFound);
    expect(await rawCall('GET', `/${id}`)).toMatchObject({ status: 404, json: { errorName: 'NotFoundError' } });
  });

  it.each(['', '%2F', `a%2F${uuid}`, `${uuid}%2F..`, '%3F'])(
    'is a 404 where it is no part of a path: %j',
    async (id) => {
      expect(await refused({ id })).toMatchObject({ status: 404 });
    },
  );

  it('may be written in upper case', async () => {
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
    'is a 400 where it is %s',
    async (version) => {
      expect(await refused({ version })).toMatchObject({
        status: 400,
        errorName: 'BadRequestError',
        message: expect.stringContaining('version'),
      });
    },
  );

  it.each(['1', '3', '10', '999999999999999'])('is a 409 where it is not the next one: %s', async (version) => {
    expect(await refused({ version })).toMatchObject({
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
  ])('is a 400 with %s', async (_, key) => {
    expect(await refused({ headers: { ...json, 'idempotency-key': key } })).toMatchObject({
      status: 400,
      errorName: 'BadRequestError',
      message: expect.stringContaining('Idempotency-Key'),
    });
  });

  it.each([
    ['1 character', '!'],
    ['255 characters', '~'.repeat(255)],
  ])('may have %s', async (_, key) => {
    expect(await updated({ headers: { ...json, 'idempotency-key': key } })).toMatchObject({ status: 200 });
  });
});

describe('of several things that are wrong at once', () => {
  const large = 'x'.repeat(maxBytes + 1);
  const plain = { 'content-type': 'text/plain' };
  const unknown = crypto.randomUUID();

  it.each([
    ['an id before all else', 404, { id: 'x', version: '0', headers: plain, body: large }],
    ['a version before the size', 400, { version: '0', headers: plain, body: large }],
    ['the size before the type', 413, { headers: plain, body: large }],
    ['the type before the JSON', 415, { headers: plain, body: '{' }],
    ['the type before the schema', 415, { headers: plain, body: '{}' }],
    ['the JSON before the appointment that is absent', 400, { id: unknown, body: '{' }],
    ['the schema before the appointment that is absent', 422, { id: unknown, body: '{}' }],
    ['the schema before the version that is late', 422, { version: '1', body: '{}' }],
    ['the rules before the version that is late', 422, { version: '1', body: withMember('"status":"NOT_READY"') }],
  ])('the answer names %s (%i)', async (_, status, request) => {
    expect((await refused(request)).status).toBe(status);
  });
});

describe('whatever is sent', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef-.%/?#+e ') }),
  );

  it('is a 422 or, if it is an appointment, the 409 of its version: any JSON value as the body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(jsonValue, nearlyValidBody), async (body) => {
        const text = JSON.stringify(body);
        const { status, json } = await call('PUT', `/${standing}/9`, { body: text });
        // A key that could set a prototype is a 400.
        expect(/__proto__|constructor/.test(text) ? [400, 409, 422] : [409, 422]).toContain(status);
        if (status === 422) expect(json.content.data.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
    expect((await call('GET', `/${standing}`)).json).toEqual(asCreated);
  });

  it('is a 400 or a 422: any bytes as the body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (body) => {
        expect([400, 422]).toContain((await rawCall('PUT', `/${standing}/2`, { headers: json, body })).status);
      }),
    );
  });

  it('is a 404: any text as the id', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (id) => {
        expect((await rawCall('GET', `/${encodeURIComponent(id)}`)).status).toBe(404);
      }),
    );
  });

  it('is a 400, 404 or 409: any text as the version', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (version) => {
        // The gateway's own part: it ends a path at an encoded question mark, and decodes what is encoded.
        fc.pre(version !== '2' && !/[?%]/.test(version));
        const path = `/${standing}/${encodeURIComponent(version)}`;
        const { status } = await rawCall('PUT', path, { headers: json, body: valid });
        const expected = /^[1-9][0-9]{0,14}$/.test(version) ? 409 : 400;
        expect(status).toBe(version === '' || version.includes('/') ? 404 : expected);
      }),
    );
    expect((await call('GET', `/${standing}`)).json).toEqual(asCreated);
  });
});
