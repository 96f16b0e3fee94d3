import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { anAppointment } from '../support/an-appointment.ts';
import { type Reply, send } from '../support/api.ts';
import { issuedApi } from '../support/issued-api.ts';
import { anItem, putItems } from '../support/table.ts';
import { aToken } from '../support/test-issuer.ts';

describe('GET /appointments/v1/updates/scan', () => {
  it('returns what changed since then, oldest change first, including deactivated appointments', async () => {
    const organization = anOrganization();
    await putItems([3, 1, 2].map((n) => anItem({ organization, updated_at: timeAt(n), deactivated: n === 1 })));
    expect(timesOf(await scan(organization, timeAt(1)))).toEqual([timeAt(1), timeAt(2), timeAt(3)]);
    expect(timesOf(await scan(organization, timeAt(2)))).toEqual([timeAt(2), timeAt(3)]);
    expect(timesOf(await scan(organization, timeAt(4)))).toEqual([]);
  });

  it('returns an appointment once, with its latest version', async () => {
    const organization = anOrganization();
    const token = await aToken({ organization_id: organization });
    const { json } = await send('POST', issuedApi, { token, body: anAppointment() });
    await send('PUT', `${issuedApi}/${json.id}/2`, { token, body: anAppointment() });
    const page = await scan(organization, '2026-01-01T00:00:00Z');
    expect(page.json).toMatchObject([{ id: json.id, version: 2 }]);
  });

  it('ends a page at 100 changes, and its link continues from the last updated_at', async () => {
    const organization = anOrganization();
    await putItems(Array.from({ length: 230 }, (_, n) => anItem({ organization, updated_at: timeAt(n) })));
    const first = await scan(organization, timeAt(0));
    expect(timesOf(first)).toHaveLength(100);
    expect(nextOf(first)).toBe(timeAt(99));
    expect(timesOf(await follow(organization, timeAt(0)))).toHaveLength(230);
  });

  it('returns all 150 changes of one millisecond on one page, and then continues', async () => {
    const organization = anOrganization();
    const updated_at = timeAt(5);
    await putItems([
      ...Array.from({ length: 150 }, () => anItem({ organization, updated_at })),
      ...[6, 7].map((n) => anItem({ organization, updated_at: timeAt(n) })),
    ]);
    expect(timesOf(await scan(organization, timeAt(0)))).toHaveLength(150);
    expect(timesOf(await scan(organization, updated_at))).toEqual([...Array(150).fill(updated_at), timeAt(6)]);
    expect(timesOf(await follow(organization, timeAt(0)))).toHaveLength(152);
  });

  it('ends a page before 5 MB', async () => {
    const organization = anOrganization();
    const appointment = anAppointment({ status: 'PENDING', notes: '"'.repeat(100_000) });
    await putItems(Array.from({ length: 60 }, (_, n) => anItem({ organization, updated_at: timeAt(n), appointment })));
    const first = await scan(organization, timeAt(0));
    expect(first.status).toBe(200);
    expect(first.text.length).toBeLessThanOrEqual(5 * 1024 * 1024);
    expect(timesOf(await follow(organization, timeAt(0)))).toHaveLength(60);
  });

  it('links to 30 s ago once the client is caught up, even if more than 100 changes are newer', async () => {
    const organization = anOrganization();
    const now = Date.now();
    await putItems(
      Array.from({ length: 250 }, (_, n) =>
        anItem({ organization, updated_at: new Date(now - 100 * n).toISOString() }),
      ),
    );
    const all = await follow(organization, timeAt(0));
    expect(timesOf(all)).toHaveLength(250);
    const age = Date.now() - Date.parse(nextOf(all));
    expect(age).toBeGreaterThanOrEqual(30_000);
    expect(age).toBeLessThan(35_000);
  });

  it('leaves out a change that is more than 5 s in the future, so that a scan always ends', async () => {
    const organization = anOrganization();
    await putItems([2, 20].map((seconds) => anItem({ organization, updated_at: secondsFromNow(seconds) })));
    const page = await scan(organization, timeAt(0));
    expect(page.json).toHaveLength(1);
    expect(Date.parse(nextOf(page))).toBeLessThanOrEqual(Date.now() - 30_000);
    expect((await scan(organization, secondsFromNow(10))).json).toEqual([]);
  });

  it('links to 30 s ago if a full page ends in the future, because earlier changes may still appear', async () => {
    const organization = anOrganization();
    const changes = Array.from({ length: 120 }, (_, n) => secondsFromNow(2 + n / 1_000));
    await putItems(changes.map((updated_at) => anItem({ organization, updated_at })));
    const page = await scan(organization, timeAt(0));
    expect(page.json).toHaveLength(100);
    expect(Date.parse(nextOf(page))).toBeLessThanOrEqual(Date.now() - 30_000);
  });

  it.each([
    ['an offset', '2026-03-02T11:00:00.001%2B02:00', 2],
    ['an offset whose + is read as a space', '2026-03-02T11:00:00.001+02:00', 2],
    ['a fraction below the millisecond', '2026-03-02T09:00:00.0000001Z', 2],
    ['the latest possible time', '9999-12-31T23:59:59.999-23:59', 0],
    ['the earliest possible time', '0001-01-01T00:00:00%2B23:59', 3],
  ])('accepts %s', async (_, since, expected) => {
    const organization = anOrganization();
    await putItems([0, 1, 2].map((n) => anItem({ organization, updated_at: timeAt(n) })));
    const { status, json } = await scanWithQuery(organization, `?since=${since}`);
    expect(status).toBe(200);
    expect(json).toHaveLength(expected);
  });

  it.each([
    ['no since', ''],
    ['an empty since', '?since='],
    ['a day', '?since=2026-03-02'],
    ['a day that does not exist', '?since=2026-02-30T00:00:00Z'],
    ['two values', '?since=2026-03-02T00:00:00Z&since=2026-03-02T00:00:00Z'],
    ['two values in one parameter', '?since=2026-03-02T00:00:00Z,2026-03-02T00:00:00Z'],
    ['a lowercase t and z', '?since=2026-03-02t00:00:00z'],
  ])('returns 400 for %s', async (_, query) => {
    const { status, json } = await scanWithQuery(anOrganization(), query);
    expect(status).toBe(400);
    expect(json).toMatchObject({
      errorName: 'BadRequestError',
      content: { message: expect.stringContaining('since') },
    });
  });

  it('returns no changes of another organization', async () => {
    await putItems([anItem({ organization: anOrganization(), updated_at: timeAt(1) })]);
    expect((await scan(anOrganization(), timeAt(0))).json).toEqual([]);
  });
});

function anOrganization(): string {
  return `org-${randomUUID()}`;
}

/** A fixed time in the past, plus `milliseconds`. */
function timeAt(milliseconds: number): string {
  return new Date(Date.parse('2026-03-02T09:00:00.000Z') + milliseconds).toISOString();
}

function secondsFromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1_000).toISOString();
}

async function scanWithQuery(organization: string, query: string): Promise<Reply> {
  return send('GET', `${issuedApi}/updates/scan${query}`, { token: await aToken({ organization_id: organization }) });
}

async function scan(organization: string, since: string): Promise<Reply> {
  const page = await scanWithQuery(organization, `?since=${encodeURIComponent(since)}`);
  if (page.status !== 200) throw new Error(`The scan received ${page.status}: ${page.text}`);
  return page;
}

/** Follows the links until caught up. Returns the last page, with all changes in its body and without duplicates. */
async function follow(organization: string, since: string): Promise<Reply> {
  const changes = new Map<string, unknown>();
  for (let from = since; ; ) {
    const page = await scan(organization, from);
    for (const appointment of page.json) changes.set(`${appointment.id} ${appointment.version}`, appointment);
    const last = page.json.at(-1)?.updated_at ?? from;
    if (last === from || nextOf(page) !== last) return { ...page, json: [...changes.values()] };
    from = last;
  }
}

function timesOf({ json }: Reply): string[] {
  return json.map(({ updated_at }: { updated_at: string }) => updated_at);
}

function nextOf({ headers }: Reply): string {
  const [, target] = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
  return new URL(target ?? '', issuedApi).searchParams.get('since') ?? '';
}
