import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { appointments, call, created, tokenOf } from '../support/api.ts';

describe('DELETE /appointments/v1/{id}/{version}', () => {
  it('makes the next version, deactivated, and answers with an empty body', async () => {
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
    ['the next version, which is an update’s', 3],
    ['a version far ahead', 999_999_999_999_999],
  ])('refuses %s with the latest one', async (_, version) => {
    const { id } = await created(anAppointment());
    await call('PUT', `/${id}/2`, { body: anAppointment() });
    const { status, json } = await call('DELETE', `/${id}/${version}`);
    expect(status).toBe(409);
    expect(json).toMatchObject({ errorName: 'VersionConflictError', content: { latest_version: 2 } });
    expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 2, deactivated: false });
  });

  it('answers 404 for an appointment that never was', async () => {
    const { status, json } = await call('DELETE', `/${randomUUID()}/1`);
    expect(status).toBe(404);
    expect(json.errorName).toBe('NotFoundError');
  });

  it('lets one of twenty concurrent updates and deactivations win', async () => {
    const { id } = await created(anAppointment());
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 ? call('PUT', `/${id}/2`, { body: anAppointment() }) : call('DELETE', `/${id}/1`),
      ),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('replays its success under the same Idempotency-Key, after later versions too', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    await call('PUT', `/${id}/3`, { body: anAppointment() });
    expect((await call('DELETE', `/${id}/1`, { headers })).status).toBe(200);
    expect((await call('GET', `/${id}`)).json.version).toBe(3);
  });

  it('makes one version of a hundred concurrent repeats under one Idempotency-Key', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    const replies = await Promise.all(Array.from({ length: 100 }, () => call('DELETE', `/${id}/1`, { headers })));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect((await call('GET', `/${id}`)).json.version).toBe(2);
  });

  it('takes another Idempotency-Key, none, or one of another write for somebody else’s', async () => {
    const { id } = await created(anAppointment());
    const headers = { 'idempotency-key': randomUUID() };
    await call('DELETE', `/${id}/1`, { headers });
    const others = [
      await call('DELETE', `/${id}/1`, { headers: { 'idempotency-key': randomUUID() } }),
      await call('DELETE', `/${id}/1`),
      // The same version, made by an update: its path is another.
      await call('PUT', `/${id}/2`, { headers, body: anAppointment() }),
    ];
    expect(others.map(({ status, json }) => [status, json.content.latest_version])).toEqual([
      [409, 2],
      [409, 2],
      [409, 2],
    ]);
  });

  it('takes one Idempotency-Key for several writes where the path or the organization is another', async () => {
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

  it('reads as a success in the vendor’s SDK', async () => {
    const { id } = await created(anAppointment());
    expect(await appointments().deactivate(id, '1')).toMatchObject({ ok: true });
    expect(await appointments().deactivate(id, '1')).toMatchObject({
      ok: false,
      error: { errorName: 'VersionConflictError', content: { latestVersion: 2 } },
    });
  });
});
