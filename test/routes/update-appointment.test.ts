import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aFullAppointment, anAppointment } from '../support/an-appointment.ts';
import { call, created, credentialsOf, organizationOf, type RequestOptions, tokenOf } from '../support/api.ts';
import { expectError } from '../support/expect-error.ts';

describe('PUT /appointments/v1/{id}/{version}', () => {
  it('makes the next version', async () => {
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

  it('answers what a read then answers', async () => {
    const { id } = await created(anAppointment());
    const update = await call('PUT', `/${id}/2`, { body: aFullAppointment() });
    expect((await call('GET', `/${id}`)).json).toEqual(update.json);
  });

  it('replaces all of it: a field left out is no longer set', async () => {
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

  it('takes null as not set, at any depth', async () => {
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

  it('takes back what a client has read and changed: what the server owns is ignored', async () => {
    const read = (await call('GET', `/${(await created(aFullAppointment())).id}`)).json;
    const { status, json } = await call('PUT', `/${read.id}/${read.version + 1}`, {
      body: { ...read, notes: 'changed', organization_id: 'globex', version: 77, deactivated: true, id: randomUUID() },
    });
    expect(status).toBe(200);
    expect(json).toEqual({ ...read, notes: 'changed', version: 2, updated_at: json.updated_at });
    expect(json.updated_at >= read.updated_at).toBe(true);
  });

  it('knows an id in upper case as the same id', async () => {
    const { id } = await created(anAppointment());
    const { status, json } = await call('PUT', `/${id.toUpperCase()}/2`, { body: anAppointment() });
    expect({ status, id: json.id, version: json.version }).toEqual({ status: 200, id, version: 2 });
  });

  it('answers 404 where there is no such appointment, whatever the version', async () => {
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
    ['the highest version there is', 999_999_999_999_999],
  ])('refuses %s, and tells the latest', async (_, version) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const latest = await call('PUT', `/${id}/3`, { body: anAppointment({ notes: 'stays' }) });
    const reply = await call('PUT', `/${id}/${version}`, { body: anAppointment({ notes: 'late' }) });
    expectError(reply, 409, 'VersionConflictError');
    expect(reply.json.content).toEqual({ message: expect.any(String), latest_version: 3 });
    expect((await call('GET', `/${id}`)).json).toEqual(latest.json);
  });

  it('lets a writer that lost go on from the latest version it was told', async () => {
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

  it('loses no update of writers that go on from what they are told', async () => {
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

describe('a status and what hangs on it', () => {
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
  ])('keeps with %s only what belongs to it', async (status, needed, kept) => {
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
  ])('refuses what breaks %s, at %s', async (rule, path, fields) => {
    const { id } = await created(anAppointment());
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment(fields) });
    expectError(reply, 422, 'UnprocessableEntityError');
    expect(reply.json.content.data).toEqual([{ path, rule, message: expect.any(String) }]);
    expect((await call('GET', `/${id}`)).json.version).toBe(1);
  });
});

describe('a request that cannot be an update', () => {
  const tooLarge = `${JSON.stringify(anAppointment())}${' '.repeat(256 * 1024)}`;
  const plain = { headers: { 'content-type': 'text/plain' } };
  const badKey = { 'idempotency-key': 'a key' };

  it.each<[string, string, RequestOptions, number, string]>([
    ['an id that is no UUID', '/not-a-uuid/2', {}, 404, 'NotFoundError'],
    ['an id that is a UUID and more', `/${randomUUID()}0/2`, {}, 404, 'NotFoundError'],
    ['an id and a version that are neither', '/not-a-uuid/latest', {}, 404, 'NotFoundError'],
    ['a bad version of a body too large', `/${randomUUID()}/0`, { body: tooLarge }, 400, 'BadRequestError'],
    [
      'a bad key with a body too large',
      `/${randomUUID()}/2`,
      { body: tooLarge, headers: badKey },
      400,
      'BadRequestError',
    ],
    [
      'a body too large that is no JSON',
      `/${randomUUID()}/2`,
      { ...plain, body: tooLarge },
      413,
      'PayloadTooLargeError',
    ],
    ['text', `/${randomUUID()}/2`, { ...plain, body: '{' }, 415, 'UnsupportedMediaTypeError'],
    ['no body and no type', `/${randomUUID()}/2`, { body: undefined }, 415, 'UnsupportedMediaTypeError'],
    ['half a JSON', `/${randomUUID()}/2`, { body: '{"patient_id":' }, 400, 'BadRequestError'],
    ['an empty body', `/${randomUUID()}/2`, { body: '' }, 400, 'BadRequestError'],
    ['null', `/${randomUUID()}/2`, { body: 'null' }, 422, 'UnprocessableEntityError'],
    ['an array', `/${randomUUID()}/2`, { body: [] }, 422, 'UnprocessableEntityError'],
    ['an unknown field', `/${randomUUID()}/2`, { body: anAppointment({ note: '' }) }, 422, 'UnprocessableEntityError'],
  ])('answers to %s with its error', async (_, path, options, status, errorName) => {
    expectError(await call('PUT', path, { body: anAppointment(), ...options }), status, errorName);
  });

  it.each(['0', '01', '-1', '+2', '1.0', '2e0', '0x2', 'latest', '%202', '1000000000000000', '٢'])(
    'answers 400 to the version %s',
    async (version) => {
      const reply = await call('PUT', `/${randomUUID()}/${version}`, { body: anAppointment() });
      expectError(reply, 400, 'BadRequestError');
    },
  );

  it.each([
    ['an unknown query parameter', '?dry_run=true', '"dry_run"'],
    ['a query parameter of another route', '?cancellation_reason=moved', '"cancellation_reason"'],
    ['a query that is not UTF-8', '?a=%ff', 'UTF-8'],
  ])('answers 400 to %s, before it looks at the body', async (_, query, message) => {
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
    ['an empty one', ''],
    ['a space', 'a key'],
    ['256 characters', 'k'.repeat(256)],
    ['a letter beyond ASCII', 'clé'],
  ])('answers 400 to an Idempotency-Key with %s', async (_, key) => {
    const { id } = await created(anAppointment());
    const reply = await call('PUT', `/${id}/2`, { body: anAppointment(), headers: { 'idempotency-key': key } });
    expectError(reply, 400, 'BadRequestError');
  });

  it('names every field that is wrong', async () => {
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

  it('answers a repeated update as the first time', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), aFullAppointment());
    const first = await call('PUT', `/${id}/2`, request);
    const second = await call('PUT', `/${id}/2`, request);
    expect(first.status).toBe(200);
    expect(second.status).toBe(200);
    expect(second.json).toEqual(first.json);
    expect((await call('GET', `/${id}`)).json).toEqual(first.json);
  });

  it('answers it as the first time after later versions too', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), aFullAppointment());
    const first = await call('PUT', `/${id}/2`, request);
    for (const version of [3, 4]) await call('PUT', `/${id}/${version}`, { body: anAppointment() });
    const repeated = await call('PUT', `/${id}/2`, request);
    expect(repeated.status).toBe(200);
    expect(repeated.json).toEqual(first.json);
    expect((await call('GET', `/${id}`)).json.version).toBe(4);
  });

  it('answers it as the first time after a deactivation too', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), aFullAppointment());
    const first = await call('PUT', `/${id}/2`, request);
    expect((await call('DELETE', `/${id}/2`)).status).toBe(200);
    const repeated = await call('PUT', `/${id}/2`, request);
    expect({ status: repeated.status, json: repeated.json }).toEqual({ status: 200, json: first.json });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 3, deactivated: true });
  });

  it.each([2, 4])('answers 422 to another body, up to version %i', async (latest) => {
    const { id } = await created(anAppointment());
    const key = randomUUID();
    await call('PUT', `/${id}/2`, withKey(key, anAppointment()));
    for (let version = 3; version <= latest; version += 1)
      await call('PUT', `/${id}/${version}`, { body: anAppointment() });
    const other = await call('PUT', `/${id}/2`, withKey(key, anAppointment({ notes: 'other' })));
    expectError(other, 422, 'IdempotencyKeyReuseError');
    expect((await call('GET', `/${id}`)).json.version).toBe(latest);
  });

  it('lets a hundred concurrent repeats of one update all succeed, as one version', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), anAppointment({ notes: 'once' }));
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('PUT', `/${id}/2`, request)));
    for (const { status, json } of replies) expect({ status, json }).toEqual({ status: 200, json: replies[0]?.json });
    expect((await call('GET', `/${id}`)).json.version).toBe(2);
  });

  it('is another key on another path', async () => {
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

  it('does not make a writer with another key, or with none, the first one', async () => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, withKey(randomUUID(), anAppointment()));
    expectError(await call('PUT', `/${id}/2`, { body: anAppointment() }), 409, 'VersionConflictError');
    const other = await call('PUT', `/${id}/2`, withKey(randomUUID(), anAppointment()));
    expectError(other, 409, 'VersionConflictError');
    expect(other.json.content.latest_version).toBe(2);
  });

  it('replays no refusal: what was too early once is written later', async () => {
    const { id } = await created(anAppointment());
    const request = withKey(randomUUID(), anAppointment());
    expectError(await call('PUT', `/${id}/3`, request), 409, 'VersionConflictError');
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    expect((await call('PUT', `/${id}/3`, request)).json.version).toBe(3);
  });

  it('is a key of its own in each organization', async () => {
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

describe('what a client sends, byte for byte', () => {
  it.each([
    ['quotes and backslashes', 'She said "\\no\\" \\u0041'],
    ['line ends', 'one\r\ntwo\nthree\ttab\u2028\u2029'],
    ['emoji beyond the basic plane', '👩🏽‍⚕️ 🦷 𝒜'],
    ['letters with and without combining marks', 'é e\u0301 ﬁ ß İ'],
    ['right to left', '\u202Eשלום\u202C'],
    ['U+0000 and other controls', 'a\u0000b\u0001\u001f\u007f\u0085'],
    ['markup and expressions', '</script><!--{{y}}:next #n %2F'],
    ['nothing but a space', ' '],
    ['nothing at all', ''],
    ['what looks like another type', 'null'],
  ])('comes back with %s', async (_, notes) => {
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
  ])('comes back with the timestamp %s', async (start_timestamp) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment({ start_timestamp }) });
    expect((await call('GET', `/${id}`)).json.start_timestamp).toBe(start_timestamp);
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])('comes back with the number %i', async (patient_deposit_cents) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment({ patient_deposit_cents }) });
    expect((await call('GET', `/${id}`)).text).toContain(`"patient_deposit_cents":${patient_deposit_cents}`);
  });

  it('comes back with 256 KiB of it, and one byte more is too large', async () => {
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
