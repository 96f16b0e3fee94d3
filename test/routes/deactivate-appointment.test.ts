import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { appointments, call, created, tokenOf } from '../support/api.ts';
import { expectError } from '../support/expect-error.ts';

describe('DELETE /appointments/v1/{id}/{version}', () => {
  it('creates the next version with deactivated: true, and returns an empty body', async () => {
    const { id } = await created(anAppointment({ notes: 'kept' }));
    const { status, text } = await call('DELETE', `/${id}/1`);
    expect({ status, text }).toEqual({ status: 200, text: '' });
    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({ version: 2, deactivated: true, notes: 'kept' });
  });

  it('is undone by the next update', async () => {
    const { id } = await created(anAppointment());
    await call('DELETE', `/${id}/1`);
    const { status, json } = await call('PUT', `/${id}/3`, { body: anAppointment() });
    expect(status).toBe(200);
    expect(json).toMatchObject({ version: 3, deactivated: false });
  });

  it.each([
    ['an older version', 1],
    ['the next version, which an update would send', 3],
    ['a version far ahead', 999_999_999_999_999],
  ])('returns 409 with the latest version for %s', async (_, version) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const { status, json } = await call('DELETE', `/${id}/${version}`);
    expect(status).toBe(409);
    expect(json).toMatchObject({ errorName: 'VersionConflictError', content: { latest_version: 2 } });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 2, deactivated: false });
  });

  it('returns 404 for an unknown appointment', async () => {
    const { status, json } = await call('DELETE', `/${randomUUID()}/1`);
    expect(status).toBe(404);
    expect(json.errorName).toBe('NotFoundError');
  });

  it('lets exactly one of twenty concurrent updates and deactivations win', async () => {
    const { id } = await created(anAppointment());
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 ? call('PUT', `/${id}/2`, { body: anAppointment() }) : call('DELETE', `/${id}/1`),
      ),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('replays its success for the same Idempotency-Key, even after later versions', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    await call('PUT', `/${id}/3`, { body: anAppointment() });
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    expect((await call('GET', `/${id}`)).json.version).toBe(3);
  });

  it('creates one version for a hundred concurrent retries with one Idempotency-Key', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('DELETE', `/${id}/1`, { headers })));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect((await call('GET', `/${id}`)).json.version).toBe(2);
  });

  it('returns 409 to another Idempotency-Key, to none, and to the key of another write', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    await call('DELETE', `/${id}/1`, { headers });
    const conflicts = [
      await call('DELETE', `/${id}/1`, { headers: { 'idempotency-key': randomUUID() } }),
      await call('DELETE', `/${id}/1`),
      // An update that would create the same version: it has another method and path.
      await call('PUT', `/${id}/2`, { headers, body: anAppointment() }),
    ];
    expect(conflicts.map(({ status, json }) => [status, json.content.latest_version])).toEqual([
      [409, 2],
      [409, 2],
      [409, 2],
    ]);
  });

  it('accepts one Idempotency-Key for several writes if the path or the organization differs', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [one, other] = [await created(anAppointment()), await created(anAppointment())];
    const globex = { token: await tokenOf('globex') };
    const theirs = (await call('POST', '', { ...globex, body: anAppointment() })).json;
    const replies = [
      await call('DELETE', `/${one.id}/1`, { headers }),
      await call('DELETE', `/${one.id}/2`, { headers }),
      await call('DELETE', `/${other.id}/1`, { headers }),
      await call('DELETE', `/${theirs.id}/1`, { headers, ...globex }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await call('GET', `/${one.id}`)).json.version).toBe(3);
  });

  it('returns responses that the vendor’s SDK understands', async () => {
    const { id } = await created(anAppointment());
    expect(await appointments().deactivate(id, '1')).toMatchObject({ ok: true });
    expect(await appointments().deactivate(id, '1')).toMatchObject({
      ok: false,
      error: { errorName: 'VersionConflictError', content: { latestVersion: 2 } },
    });
  });
});

describe('a cancellation_reason', () => {
  const reason = 'patient moved +1% é 🦷 & more';
  const withReason = (text: string) => `?cancellation_reason=${encodeURIComponent(text)}`;

  it('is stored with the version that the deactivation creates: get, history, and scan return it', async () => {
    const { id } = await created(anAppointment());
    expect((await call('DELETE', `/${id}/1${withReason(reason)}`)).status).toBe(200);
    const { json } = await call('GET', `/${id}`);
    expect(json).toMatchObject({ version: 2, deactivated: true, cancellation_reason: reason });
    const history = await call('GET', `/${id}/history`);
    expect(history.json[0]).not.toHaveProperty('cancellation_reason');
    expect(history.json[1]).toEqual(json);
    const scan = await call('GET', `/updates/scan?since=${json.updated_at}`);
    expect(scan.json).toContainEqual(json);
  });

  it('is cleared by the next update, even if the client sends it back', async () => {
    const { id } = await created(anAppointment());
    await call('DELETE', `/${id}/1${withReason(reason)}`);
    const read = (await call('GET', `/${id}`)).json;
    const { status, json } = await call('PUT', `/${id}/3`, { body: { ...read, notes: 'again' } });
    expect(status).toBe(200);
    expect(json).toEqual({
      ...read,
      notes: 'again',
      version: 3,
      deactivated: false,
      cancellation_reason: undefined,
      updated_at: json.updated_at,
    });
    expect((await call('GET', `/${id}`)).json).not.toHaveProperty('cancellation_reason');
    expect((await call('GET', `/${id}/history`)).json[1]).toEqual(read);
  });

  it('is ignored in a create', async () => {
    expect(await created(anAppointment({ cancellation_reason: reason }))).not.toHaveProperty('cancellation_reason');
  });

  it('is the reason of the latest deactivation, or not set if that has none', async () => {
    const { id } = await created(anAppointment());
    for (const [version, query] of [withReason('one'), withReason('two'), ''].entries()) {
      expect((await call('DELETE', `/${id}/${version + 1}${query}`)).status).toBe(200);
    }
    const { json } = await call('GET', `/${id}/history`);
    expect(json.map((each: Record<string, unknown>) => each.cancellation_reason)).toEqual([
      undefined,
      'one',
      'two',
      undefined,
    ]);
    expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 4, deactivated: true });
  });

  it.each([
    ['a plus as a space', 'a+b', 'a b'],
    ['a percent sign that escapes nothing', '100%+sure', '100% sure'],
    ['an empty value as not set', '', undefined],
    ['1,024 characters', 'a'.repeat(1_024), 'a'.repeat(1_024)],
    // API Gateway allows 10,240 bytes for the request line and the headers. 600 of these characters fit.
    ['600 characters of two UTF-16 units each', encodeURIComponent('🦷'.repeat(600)), '🦷'.repeat(600)],
    ['a comma, a question mark, and an equals sign', 'a,b?c=d', 'a,b?c=d'],
  ])('reads %s', async (_, query, stored) => {
    const { id } = await created(anAppointment());
    expect((await call('DELETE', `/${id}/1?cancellation_reason=${query}`)).status).toBe(200);
    expect((await call('GET', `/${id}`)).json.cancellation_reason).toBe(stored);
  });

  it.each([
    ['1,025 characters', `?cancellation_reason=${'a'.repeat(1_025)}`, 'at most 1024 characters'],
    ['two reasons', '?cancellation_reason=a&cancellation_reason=a', 'more than once'],
    ['two reasons, one of them empty', '?cancellation_reason=a&cancellation_reason=', 'more than once'],
    ['bytes that are not UTF-8', '?cancellation_reason=caf%e9', 'UTF-8'],
    ['half of a UTF-8 character', '?cancellation_reason=%F0%9F', 'UTF-8'],
    ['an unknown parameter', '?reason=moved', '"reason"'],
    ['the parameter in another letter case', '?Cancellation_Reason=moved', '"Cancellation_Reason"'],
    ['a second, unknown parameter', '?cancellation_reason=a&x', '"x"'],
    ['a parameter without a name', '?=a', '""'],
  ])('returns 400 for %s', async (_, query, message) => {
    const { id } = await created(anAppointment());
    const reply = await call('DELETE', `/${id}/1${query}`);
    expectError(reply, 400, 'BadRequestError');
    expect(reply.json.content.message).toContain(message);
    expect((await call('GET', `/${id}`)).json.version).toBe(1);
  });

  it('returns 422 if it differs in a retry with an Idempotency-Key, even after later versions', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    const deactivate = (query: string) => call('DELETE', `/${id}/1${query}`, { headers });
    expect((await deactivate(withReason(reason))).status).toBe(200);
    const check = async () => {
      expect((await deactivate(withReason(reason))).status).toBe(200);
      expectError(await deactivate(withReason('another')), 422, 'IdempotencyKeyReuseError');
      expectError(await deactivate(''), 422, 'IdempotencyKeyReuseError');
    };
    await check();
    await call('PUT', `/${id}/3`, { body: anAppointment() });
    await check();
    expect((await call('GET', `/${id}`)).json.version).toBe(3);
  });

  it('returns 422 if a retry adds it to a deactivation that had none', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    expect((await call('DELETE', `/${id}/1?cancellation_reason=`, { headers })).status).toBe(200);
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    const reused = await call('DELETE', `/${id}/1${withReason(reason)}`, { headers });
    expectError(reused, 422, 'IdempotencyKeyReuseError');
  });
});
