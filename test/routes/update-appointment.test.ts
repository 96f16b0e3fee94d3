import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call, created, credentialsOf, organizationOf, type RequestOptions, tokenOf } from '../support/api.ts';
import { expectError } from '../support/expect-error.ts';

describe('PUT /appointments/v1/{id}/{version}', () => {
  it('creates the next version', async () => {
    const { id } = await created(anAppointment());
    const { status, json } = await call('PUT', `/${id}/2`, { body: anAppointment({ notes: 'moved' }) });
    expect(status).toBe(200);
    expect(json).toEqual({
      ...anAppointment({ notes: 'moved' }),
      id,
      organization_id: organizationOf('acme'),
      status: 'PENDING',
      version: 2,
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updating_user_id: credentialsOf('acme').id,
      deactivated: false,
    });
  });

  it('returns the same appointment as a later read', async () => {
    const { id } = await created(anAppointment());
    const update = await call('PUT', `/${id}/2`, { body: aFullAppointment() });
    expect((await call('GET', `/${id}`)).json).toEqual(update.json);
  });

  it('replaces the whole appointment: a missing field is no longer set', async () => {
    const { id, version, ...before } = await created(aFullAppointment());
    const { json } = await call('PUT', `/${id}/${version + 1}`, { body: anAppointment() });
    const left = Object.keys(before).filter((name) => name in json);
    expect(left.sort()).toEqual(
      [
        'deactivated',
        'organization_id',
        'updated_at',
        'updating_user_id',
        'status',
        ...Object.keys(anAppointment()),
      ].sort(),
    );
    expect((await call('GET', `/${id}`)).json).toEqual(json);
  });

  it('treats null as not set, at any depth', async () => {
    const { id } = await created(aFullAppointment());
    const doctor = { name: { family: 'Grey', given: [], use: 'USUAL', suffix: null }, telecoms: [], npi: null };
    const { status, json } = await call('PUT', `/${id}/2`, {
      body: anAppointment({
        status: null,
        notes: null,
        services: [{ start_timestamp: null }],
        attending_doctor: doctor,
      }),
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'PENDING', services: [{}] });
    expect(json).not.toHaveProperty('notes');
    expect(json.services[0]).toEqual({});
    expect(json.attending_doctor).toEqual({
      name: { family: 'Grey', given: [], use: 'USUAL' },
      telecoms: [],
      type: 'ATTENDING',
    });
  });

  it('accepts an appointment that a client has read and changed, and ignores its server-owned fields', async () => {
    const read = (await call('GET', `/${(await created(aFullAppointment())).id}`)).json;
    const { status, json } = await call('PUT', `/${read.id}/${read.version + 1}`, {
      body: { ...read, notes: 'changed', organization_id: 'globex', version: 77, deactivated: true, id: randomUUID() },
    });
    expect(status).toBe(200);
    expect(json).toEqual({ ...read, notes: 'changed', version: 2, updated_at: json.updated_at });
    expect(json.updated_at >= read.updated_at).toBe(true);
  });

  it('accepts the id in uppercase', async () => {
    const { id } = await created(anAppointment());
    const { status, json } = await call('PUT', `/${id.toUpperCase()}/2`, { body: anAppointment() });
    expect({ status, id: json.id, version: json.version }).toEqual({ status: 200, id, version: 2 });
  });

  it('returns 404 for an unknown appointment, whatever the version', async () => {
    for (const version of [1, 2, 999_999_999_999_999]) {
      expectError(await call('PUT', `/${randomUUID()}/${version}`, { body: anAppointment() }), 404, 'NotFoundError');
    }
  });
});

describe('the version rule', () => {
  it.each([
    ['the first version', 1],
    ['a historic version', 2],
    ['the current version', 3],
    ['a version after the next', 5],
    ['the highest possible version', 999_999_999_999_999],
  ])('returns 409 with the latest version for %s', async (_, version) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const latest = await call('PUT', `/${id}/3`, { body: anAppointment({ notes: 'stays' }) });
    const reply = await call('PUT', `/${id}/${version}`, { body: anAppointment({ notes: 'late' }) });
    expectError(reply, 409, 'VersionConflictError');
    expect(reply.json.content).toEqual({ message: expect.any(String), latest_version: 3 });
    expect((await call('GET', `/${id}`)).json).toEqual(latest.json);
  });

  it('lets a late writer continue from the latest version', async () => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const { json } = await call('PUT', `/${id}/2`, { body: anAppointment() });
    const { status } = await call('PUT', `/${id}/${json.content.latest_version + 1}`, { body: anAppointment() });
    expect(status).toBe(200);
  });

  it('lets exactly one of fifty concurrent writers of the next version win', async () => {
    const { id } = await created(anAppointment());
    const writers = Array.from({ length: 50 }, (_, n) =>
      call('PUT', `/${id}/2`, { body: anAppointment({ notes: `writer ${n}` }) }),
    );
    const replies = await Promise.all(writers);
    const winners = replies.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const { status, json } of replies.filter((reply) => reply !== winners[0])) {
      expect(status).toBe(409);
      expect(json).toMatchObject({ errorName: 'VersionConflictError', content: { latest_version: 2 } });
    }
    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({ version: 2, notes: winners[0]?.json.notes });
  });

  it('loses no update if ten concurrent writers retry with the next version', async () => {
    const { id } = await created(anAppointment());
    const writeOnce = async (version: number): Promise<number> => {
      const { status, json } = await call('PUT', `/${id}/${version}`, { body: anAppointment() });
      return status === 200 ? version : writeOnce(json.content.latest_version + 1);
    };
    const written = await Promise.all(Array.from({ length: 10 }, () => writeOnce(2)));
    expect(written.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect((await call('GET', `/${id}`)).json.version).toBe(11);
  });
});

describe('the status rules', () => {
  const reason = { not_ready_reason: 'NO_COVERAGE' };
  const source = { ready_source: 'MACHINE' };
  const queue = { work_queue: 'NEW_PATIENT' };
  const arrival = { checked_in_timestamp: '2026-03-02T08:55:00Z' };
  const departure = { checked_out_timestamp: '2026-03-02T09:35:00Z' };

  it.each([
    ['PENDING', {}, {}],
    ['NOT_READY', queue, reason],
    ['READY', {}, source],
    ['CHECKED_IN', arrival, source],
    ['CHECKED_OUT', { ...arrival, ...departure }, source],
    ['NO_SHOW', {}, source],
  ])('keep only the fields that belong to %s', async (status, needed, kept) => {
    const { id } = await created(anAppointment());
    const sent = anAppointment({ status, ...needed, ...reason, ...source });
    const { json } = await call('PUT', `/${id}/2`, { body: sent });
    expect(json).toMatchObject({ status, ...needed });
    expect({ not_ready_reason: json.not_ready_reason, ready_source: json.ready_source }).toEqual({ ...kept });
  });

  it.each([
    ['not_ready_needs_work_queue', '/work_queue', { status: 'NOT_READY' }],
    ['ready_forbids_work_queue', '/work_queue', { status: 'READY', ...queue }],
    ['ready_forbids_work_queue', '/work_queue', { status: 'CHECKED_IN', ...arrival, ...queue }],
    ['checked_in_needs_timestamp', '/checked_in_timestamp', { status: 'CHECKED_IN' }],
    ['timestamp_needs_checked_in', '/checked_in_timestamp', { ...arrival }],
    ['timestamp_needs_checked_in', '/checked_in_timestamp', { status: 'NO_SHOW', ...arrival }],
    ['checked_out_needs_timestamp', '/checked_out_timestamp', { status: 'CHECKED_OUT', ...arrival }],
    ['timestamp_needs_checked_out', '/checked_out_timestamp', { status: 'CHECKED_IN', ...arrival, ...departure }],
  ])('return 422 for a violation of %s at %s', async (rule, path, fields) => {
    const { id } = await created(anAppointment());
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment(fields) });
    expectError(reply, 422, 'UnprocessableEntityError');
    expect(reply.json.content.data).toEqual([{ path, rule, message: expect.any(String) }]);
    expect((await call('GET', `/${id}`)).json.version).toBe(1);
  });
});

describe('an invalid update', () => {
  const tooLarge = `${JSON.stringify(anAppointment())}${' '.repeat(256 * 1024)}`;
  const plain = { headers: { 'content-type': 'text/plain' } };
  const badKey = { 'idempotency-key': 'a key' };

  it.each<[number, string, string, string, RequestOptions]>([
    [404, 'NotFoundError', 'an id that is not a UUID', '/not-a-uuid/2', {}],
    [404, 'NotFoundError', 'an id that is a UUID and another digit', `/${randomUUID()}0/2`, {}],
    [404, 'NotFoundError', 'an invalid id and an invalid version', '/not-a-uuid/latest', {}],
    [
      400,
      'BadRequestError',
      'an invalid version and a body that is too large',
      `/${randomUUID()}/0`,
      { body: tooLarge },
    ],
    [
      400,
      'BadRequestError',
      'an invalid key and a body that is too large',
      `/${randomUUID()}/2`,
      { body: tooLarge, headers: badKey },
    ],
    [
      413,
      'PayloadTooLargeError',
      'a body that is too large and not JSON',
      `/${randomUUID()}/2`,
      { ...plain, body: tooLarge },
    ],
    [415, 'UnsupportedMediaTypeError', 'text', `/${randomUUID()}/2`, { ...plain, body: '{' }],
    [415, 'UnsupportedMediaTypeError', 'neither a body nor a content-type', `/${randomUUID()}/2`, { body: undefined }],
    [400, 'BadRequestError', 'incomplete JSON', `/${randomUUID()}/2`, { body: '{"patient_id":' }],
    [400, 'BadRequestError', 'an empty body', `/${randomUUID()}/2`, { body: '' }],
    [422, 'UnprocessableEntityError', 'null', `/${randomUUID()}/2`, { body: 'null' }],
    [422, 'UnprocessableEntityError', 'an array', `/${randomUUID()}/2`, { body: [] }],
    [422, 'UnprocessableEntityError', 'an unknown field', `/${randomUUID()}/2`, { body: anAppointment({ note: '' }) }],
  ])('returns %i %s for %s', async (status, errorName, _, path, options) => {
    expectError(await call('PUT', path, { body: anAppointment(), ...options }), status, errorName);
  });

  it.each(['0', '01', '-1', '+2', '1.0', '2e0', '0x2', 'latest', '%202', '1000000000000000', '٢'])(
    'returns 400 for the version %s',
    async (version) => {
      const reply = await call('PUT', `/${randomUUID()}/${version}`, { body: anAppointment() });
      expectError(reply, 400, 'BadRequestError');
    },
  );

  it.each([
    ['an unknown query parameter', '?dry_run=true', '"dry_run"'],
    ['a query parameter of another route', '?cancellation_reason=moved', '"cancellation_reason"'],
    ['a query that is not UTF-8', '?a=%ff', 'UTF-8'],
  ])('returns 400 for %s, before it checks the body', async (_, query, message) => {
    for (const [method, path] of [
      ['PUT', `/${randomUUID()}/2`],
      ['POST', ''],
    ] as const) {
      const reply = await call(method, path + query, { ...plain, body: tooLarge });
      expectError(reply, 400, 'BadRequestError');
      expect(reply.json.content.message).toContain(message);
    }
    expectError(await call('PUT', `/${randomUUID()}/0${query}`), 400, 'BadRequestError');
    expectError(await call('PUT', `/not-a-uuid/2${query}`), 404, 'NotFoundError');
  });

  it.each([
    ['is empty', ''],
    ['contains a space', 'a key'],
    ['has 256 characters', 'k'.repeat(256)],
    ['contains a letter that is not ASCII', 'clé'],
  ])('returns 400 for an Idempotency-Key that %s', async (_, key) => {
    const { id } = await created(anAppointment());
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment(), headers: { 'idempotency-key': key } });
    expectError(reply, 400, 'BadRequestError');
  });

  it('reports every violation at once', async () => {
    const body = { service_duration: -1, services: [{ kind: 'x' }], constructor: 1, notes: 5 };
    const { json } = await call('PUT', `/${randomUUID()}/2`, { body });
    expect(json.content.data.map(({ path, rule }: Record<string, string>) => `${rule} ${path}`).sort()).toEqual([
      'additionalProperties /constructor',
      'additionalProperties /services/0/kind',
      'minimum /service_duration',
      'required /patient_id',
      'required /start_timestamp',
      'type /notes',
    ]);
  });
});

describe('Idempotency-Key on an update', () => {
  const withKey = (key: string, body: unknown) => ({ body, headers: { 'idempotency-key': key } });

  it('returns the first response to a retry', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), aFullAppointment());
    const first = await call('PUT', `/${id}/2`, request);
    const second = await call('PUT', `/${id}/2`, request);
    expect(first.status).toBe(200);
    expect(second.status).toBe(200);
    expect(second.json).toEqual(first.json);
    expect((await call('GET', `/${id}`)).json).toEqual(first.json);
  });

  it('returns the first response to a retry, even after later versions', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), aFullAppointment());
    const first = await call('PUT', `/${id}/2`, request);
    for (const version of [3, 4]) await call('PUT', `/${id}/${version}`, { body: anAppointment() });
    const retry = await call('PUT', `/${id}/2`, request);
    expect(retry.status).toBe(200);
    expect(retry.json).toEqual(first.json);
    expect((await call('GET', `/${id}`)).json.version).toBe(4);
  });

  it('returns the first response to a retry, even after a deactivation', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), aFullAppointment());
    const first = await call('PUT', `/${id}/2`, request);
    expect((await call('DELETE', `/${id}/2`)).status).toBe(200);
    const retry = await call('PUT', `/${id}/2`, request);
    expect({ status: retry.status, json: retry.json }).toEqual({ status: 200, json: first.json });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 3, deactivated: true });
  });

  it.each([2, 4])('returns 422 for a different body, even if the current version is %i', async (latest) => {
    const { id } = await created(anAppointment());
    const key = randomUUID();
    await call('PUT', `/${id}/2`, withKey(key, anAppointment()));
    for (let version = 3; version <= latest; version += 1)
      await call('PUT', `/${id}/${version}`, { body: anAppointment() });
    const other = await call('PUT', `/${id}/2`, withKey(key, anAppointment({ notes: 'other' })));
    expectError(other, 422, 'IdempotencyKeyReuseError');
    expect((await call('GET', `/${id}`)).json.version).toBe(latest);
  });

  it('creates one version for a hundred concurrent retries', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('PUT', `/${id}/2`, request)));
    for (const { status, json } of replies) expect({ status, json }).toEqual({ status: 200, json: replies[0]?.json });
    expect((await call('GET', `/${id}`)).json.version).toBe(2);
  });

  it('is scoped to the path', async () => {
    const key = randomUUID();
    const [one, other] = [await created(anAppointment()), await created(anAppointment())];
    const replies = [
      await call('PUT', `/${one.id}/2`, withKey(key, anAppointment({ notes: 'a' }))),
      await call('PUT', `/${one.id}/3`, withKey(key, anAppointment({ notes: 'b' }))),
      await call('PUT', `/${other.id}/2`, withKey(key, anAppointment({ notes: 'c' }))),
      await call('POST', '', withKey(key, anAppointment({ notes: 'd' }))),
    ];
    expect(replies.map(({ status, json }) => [status, json.version, json.notes])).toEqual([
      [200, 2, 'a'],
      [200, 3, 'b'],
      [200, 2, 'c'],
      [200, 1, 'd'],
    ]);
  });

  it('returns 409 to a writer with another key or without one', async () => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, withKey(randomUUID(), anAppointment()));
    expectError(await call('PUT', `/${id}/2`, { body: anAppointment() }), 409, 'VersionConflictError');
    const other = await call('PUT', `/${id}/2`, withKey(randomUUID(), anAppointment()));
    expectError(other, 409, 'VersionConflictError');
    expect(other.json.content.latest_version).toBe(2);
  });

  it('does not replay an error: a retry of an update that was too early succeeds later', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), anAppointment());
    expectError(await call('PUT', `/${id}/3`, request), 409, 'VersionConflictError');
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    expect((await call('PUT', `/${id}/3`, request)).json.version).toBe(3);
  });

  it('is scoped to the organization', async () => {
    const key = `${randomUUID()}!"#~`;
    const globex = { token: await tokenOf('globex') };
    const mine = await created(anAppointment());
    const theirs = (await call('POST', '', { ...globex, body: anAppointment() })).json;
    const one = await call('PUT', `/${mine.id}/2`, withKey(key, anAppointment({ notes: 'acme' })));
    const two = await call('PUT', `/${theirs.id}/2`, {
      ...globex,
      ...withKey(key, anAppointment({ notes: 'globex' })),
    });
    expect([one.json.notes, two.json.notes]).toEqual(['acme', 'globex']);
  });
});

describe('a value', () => {
  it.each([
    ['quotes and backslashes', 'She said "\\no\\" \\u0041'],
    ['line feeds', 'one\r\ntwo\nthree\ttab\u2028\u2029'],
    ['emoji beyond the basic plane', '👩🏽‍⚕️ 🦷 𝒜'],
    ['letters with and without combining marks', 'é e\u0301 ﬁ ß İ'],
    ['right to left', '\u202Eשלום\u202C'],
    ['U+0000 and other controls', 'a\u0000b\u0001\u001f\u007f\u0085'],
    ['markup and expressions', '</script><!--{{y}}:next #n %2F'],
    ['only a space', ' '],
    ['an empty text', ''],
    ['what looks like another type', 'null'],
  ])('is returned exactly as sent: %s', async (_, notes) => {
    const { id } = await created(anAppointment());
    const update = await call('PUT', `/${id}/2`, { body: anAppointment({ notes, placer_system_name: notes }) });
    expect(update.json).toMatchObject({ notes, placer_system_name: notes });
    expect((await call('GET', `/${id}`)).json).toEqual(update.json);
  });

  it.each([
    '2026-03-02T09:00:00Z',
    '2026-03-02T09:00:00.100Z',
    '2026-03-02T09:00:00.123456789+05:30',
    '0001-01-01T00:00:00-23:59',
    '9999-12-31T23:59:59.999999999Z',
  ])('is returned exactly as sent: the timestamp %s', async (start_timestamp) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment({ start_timestamp }) });
    expect((await call('GET', `/${id}`)).json.start_timestamp).toBe(start_timestamp);
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])(
    'is returned exactly as sent: the number %i',
    async (patient_deposit_cents) => {
      const { id } = await created(anAppointment());
      await call('PUT', `/${id}/2`, { body: anAppointment({ patient_deposit_cents }) });
      expect((await call('GET', `/${id}`)).text).toContain(`"patient_deposit_cents":${patient_deposit_cents}`);
    },
  );

  it('is returned exactly as sent in a body of 256 KiB; one more byte returns 413', async () => {
    const { id } = await created(anAppointment());
    const frame = JSON.stringify(anAppointment({ notes: 'n'.repeat(200_000), appointment_details: '' })).length;
    const details = 'd'.repeat(256 * 1024 - frame);
    const large = anAppointment({ notes: 'n'.repeat(200_000), appointment_details: details });
    expect((await call('PUT', `/${id}/2`, { body: large })).json).toMatchObject(large);
    expect((await call('GET', `/${id}`)).json).toMatchObject(large);
    const larger = await call('PUT', `/${id}/3`, { body: `${JSON.stringify(large)} ` });
    expectError(larger, 413, 'PayloadTooLargeError');
  });
});
