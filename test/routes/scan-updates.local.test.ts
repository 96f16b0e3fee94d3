import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { type Reply, send } from '../support/api.ts';
import { issuedApi } from '../support/issued-api.ts';
import { anItem, putItems } from '../support/table.ts';
import { aToken } from '../support/test-issuer.ts';

describe('GET /appointments/v1/updates/scan', () => {
  it('gives what changed since then, oldest change first, deactivated ones too', async () => {
    const organization = anOrganization();
    await putItems([3, 1, 2].map((n) => anItem({ organization, updated_at: stamp(n), deactivated: n === 1 })));
    expect(stampsOf(await scan(organization, stamp(1)))).toEqual([stamp(1), stamp(2), stamp(3)]);
    expect(stampsOf(await scan(organization, stamp(2)))).toEqual([stamp(2), stamp(3)]);
    expect(stampsOf(await scan(organization, stamp(4)))).toEqual([]);
  });

  it('shows an appointment once, at its last version', async () => {
    const organization = anOrganization();
    const token = await aToken({ organization_id: organization });
    const { json } = await send('POST', issuedApi, { token, body: anAppointment() });
    await send('PUT', `${issuedApi}/${json.id}/2`, { token, body: anAppointment() });
    const page = await scan(organization, '2026-01-01T00:00:00Z');
    expect(page.json).toMatchObject([{ id: json.id, version: 2 }]);
  });

  it('ends a page at 100, and its link goes on from the last stamp', async () => {
    const organization = anOrganization();
    await putItems(Array.from({ length: 230 }, (_, n) => anItem({ organization, updated_at: stamp(n) })));
    const first = await scan(organization, stamp(0));
    expect(stampsOf(first)).toHaveLength(100);
    expect(nextOf(first)).toBe(stamp(99));
    expect(stampsOf(await follow(organization, stamp(0)))).toHaveLength(230);
  });

  it('gives all of 150 changes within one millisecond, in all shards, and moves on', async () => {
    const organization = anOrganization();
    const updated_at = stamp(5);
    await putItems([
      ...Array.from({ length: 150 }, () => anItem({ organization, updated_at })),
      ...[6, 7].map((n) => anItem({ organization, updated_at: stamp(n) })),
    ]);
    expect(stampsOf(await scan(organization, stamp(0)))).toHaveLength(150);
    expect(stampsOf(await scan(organization, updated_at))).toEqual([...Array(150).fill(updated_at), stamp(6)]);
    expect(stampsOf(await follow(organization, stamp(0)))).toHaveLength(152);
  });

  it('ends a page before 5 MB', async () => {
    const organization = anOrganization();
    const appointment = anAppointment({ status: 'PENDING', notes: '"'.repeat(100_000) });
    await putItems(Array.from({ length: 60 }, (_, n) => anItem({ organization, updated_at: stamp(n), appointment })));
    const first = await scan(organization, stamp(0));
    expect(first.status).toBe(200);
    expect(first.text.length).toBeLessThanOrEqual(5 * 1024 * 1024);
    expect(stampsOf(await follow(organization, stamp(0)))).toHaveLength(60);
  });

  it('goes back 30 s once it has caught up, also where more than 100 changed since', async () => {
    const organization = anOrganization();
    const now = Date.now();
    await putItems(
      Array.from({ length: 250 }, (_, n) =>
        anItem({ organization, updated_at: new Date(now - 100 * n).toISOString() }),
      ),
    );
    const all = await follow(organization, stamp(0));
    expect(stampsOf(all)).toHaveLength(250);
    const age = Date.now() - Date.parse(nextOf(all));
    expect(age).toBeGreaterThanOrEqual(30_000);
    expect(age).toBeLessThan(35_000);
  });

  it('leaves a change to a later page whose writer’s clock is more than 5 s ahead, or a scan might never end', async () => {
    const organization = anOrganization();
    await putItems([2, 20].map((seconds) => anItem({ organization, updated_at: inSeconds(seconds) })));
    const page = await scan(organization, stamp(0));
    expect(page.json).toHaveLength(1);
    expect(Date.parse(nextOf(page))).toBeLessThanOrEqual(Date.now() - 30_000);
    expect((await scan(organization, inSeconds(10))).json).toEqual([]);
  });

  it('goes back 30 s where a full page ends ahead of its own clock: other changes may still come before', async () => {
    const organization = anOrganization();
    const changes = Array.from({ length: 120 }, (_, n) => inSeconds(2 + n / 1_000));
    await putItems(changes.map((updated_at) => anItem({ organization, updated_at })));
    const page = await scan(organization, stamp(0));
    expect(page.json).toHaveLength(100);
    expect(Date.parse(nextOf(page))).toBeLessThanOrEqual(Date.now() - 30_000);
  });

  it.each([
    ['an offset', '2026-03-02T11:00:00.001%2B02:00', 2],
    ['an offset whose + arrived as a space', '2026-03-02T11:00:00.001+02:00', 2],
    ['a fraction below the millisecond', '2026-03-02T09:00:00.0000001Z', 2],
    ['the last instant there is', '9999-12-31T23:59:59.999-23:59', 0],
    ['the first instant there is', '0001-01-01T00:00:00%2B23:59', 3],
  ])('takes %s', async (_, since, expected) => {
    const organization = anOrganization();
    await putItems([0, 1, 2].map((n) => anItem({ organization, updated_at: stamp(n) })));
    const { status, json } = await scanRaw(organization, `?since=${since}`);
    expect(status).toBe(200);
    expect(json).toHaveLength(expected);
  });

  it.each([
    ['no since', ''],
    ['an empty since', '?since='],
    ['a day', '?since=2026-03-02'],
    ['a day that does not exist', '?since=2026-02-30T00:00:00Z'],
    ['two', '?since=2026-03-02T00:00:00Z&since=2026-03-02T00:00:00Z'],
    ['two in one', '?since=2026-03-02T00:00:00Z,2026-03-02T00:00:00Z'],
    ['lower case', '?since=2026-03-02t00:00:00z'],
  ])('refuses %s with 400', async (_, query) => {
    const { status, json } = await scanRaw(anOrganization(), query);
    expect(status).toBe(400);
    expect(json).toMatchObject({
      errorName: 'BadRequestError',
      content: { message: expect.stringContaining('since') },
    });
  });

  it('shows nothing of another organization', async () => {
    await putItems([anItem({ organization: anOrganization(), updated_at: stamp(1) })]);
    expect((await scan(anOrganization(), stamp(0))).json).toEqual([]);
  });
});

function anOrganization(): string {
  return `org-${randomUUID()}`;
}

/** The n-th millisecond of a day long past. */
function stamp(n: number): string {
  return new Date(Date.parse('2026-03-02T09:00:00.000Z') + n).toISOString();
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1_000).toISOString();
}

async function scanRaw(organization: string, query: string): Promise<Reply> {
  return send('GET', `${issuedApi}/updates/scan${query}`, { token: await aToken({ organization_id: organization }) });
}

async function scan(organization: string, since: string): Promise<Reply> {
  const page = await scanRaw(organization, `?since=${encodeURIComponent(since)}`);
  if (page.status !== 200) throw new Error(`The scan received ${page.status}: ${page.text}`);
  return page;
}

/** Follows the links until caught up, dropping what it knows: the last page, with all that was new in its body. */
async function follow(organization: string, since: string): Promise<Reply> {
  const known = new Map<string, unknown>();
  for (let from = since; ; ) {
    const page = await scan(organization, from);
    for (const appointment of page.json) known.set(`${appointment.id} ${appointment.version}`, appointment);
    const last = page.json.at(-1)?.updated_at ?? from;
    if (last === from || nextOf(page) !== last) return { ...page, json: [...known.values()] };
    from = last;
  }
}

function stampsOf({ json }: Reply): string[] {
  return json.map(({ updated_at }: { updated_at: string }) => updated_at);
}

function nextOf({ headers }: Reply): string {
  const [, target] = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
  return new URL(target ?? '', issuedApi).searchParams.get('since') ?? '';
}
