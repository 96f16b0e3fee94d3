import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { appointmentKey, feedKey } from '../../lambda/store/keys.ts';
import { retryBudgetMs } from '../../lambda/store/retry-until-definite.ts';
import { type BuiltFunction, builtFunction, requestOf } from '../support/built-function.ts';
import { anItem, putItems } from '../support/table.ts';
import { type LateIndex, startLateIndex } from './late-index.ts';

type Reply = { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: string };
type Change = { readonly id: string; readonly version: number; readonly updated_at: string };

describe('GET /appointments/v1/updates/scan, with an index that lags', () => {
  let index: LateIndex;
  let scanUpdates: BuiltFunction;

  beforeAll(async () => {
    index = await startLateIndex(process.env.DYNAMODB_URL ?? '');
    scanUpdates = await builtFunction('scan-updates', index.url);
  });

  afterAll(async () => {
    await scanUpdates.stop();
    index.stop();
  });

  it('shows every change to a client that follows its links, and never a replaced version', async () => {
    const organization = anOrganization();
    const ids = Array.from({ length: 150 }, () => randomUUID());
    const current = new Map<string, number>();
    const seen = new Map<string, number>();
    let since = new Date(Date.now() - 60_000).toISOString();
    let writing = true;
    const written = writeAll(organization, ids, current).finally(() => {
      writing = false;
    });

    // The index lags up to 3 s. Ten scans without a new change mean that the client is caught up.
    for (let quiet = 0; quiet < 10; ) {
      const before = new Map(current);
      const { changes, next } = await scan(organization, since);
      expect(changes.map(({ updated_at }) => updated_at)).toEqual(changes.map(({ updated_at }) => updated_at).sort());
      for (const { id, version } of changes) expect(version).toBeGreaterThanOrEqual(before.get(id) ?? 1);
      const fresh = changes.filter(({ id, version }) => version > (seen.get(id) ?? 0));
      for (const { id, version } of fresh) seen.set(id, version);
      quiet = writing || fresh.length > 0 ? 0 : quiet + 1;
      since = next;
      await sleep(fresh.length > 0 ? 20 : 400);
    }
    await written;

    expect(seen.size).toBe(ids.length);
    expect([...seen.values()]).toEqual(ids.map(() => 8));
  });

  it('skips outdated entries until it finds a change, or returns an empty page at the end of the index', async () => {
    const organization = anOrganization();
    const ids = Array.from({ length: 250 }, () => randomUUID());
    await putItems(ids.map((id) => anItem({ organization, id, version: 2 })));
    for (const [n, id] of ids.entries()) index.show(entryOf(organization, id, timeAt(n)));
    const empty = await scan(organization, timeAt(0));
    expect(empty.changes).toEqual([]);
    expect(Date.now() - Date.parse(empty.next)).toBeGreaterThanOrEqual(30_000);

    const id = randomUUID();
    await writeChange(organization, id, 1, new Date(timeAt(300)));
    index.show(entryOf(organization, id, timeAt(300)));
    expect((await scan(organization, timeAt(0))).changes).toMatchObject([{ id, version: 1 }]);
  });

  it('skips an entry whose appointment does not exist', async () => {
    const organization = anOrganization();
    index.show(entryOf(organization, randomUUID(), timeAt(0)));
    expect((await scan(organization, timeAt(0))).changes).toEqual([]);
  });

  it('ends even while writers never pause, and a later scan returns the last version of each appointment', async () => {
    const organization = anOrganization();
    const ids = Array.from({ length: 40 }, () => randomUUID());
    const stop = Date.now() + 4_000;
    const last = new Map<string, number>();
    const writers = ids.map(async (id) => {
      for (let version = 1; Date.now() < stop; version += 1) {
        // These clocks are fast. A scan must leave their changes to the next scan.
        const updatedAt = new Date(Date.now() + Math.random() * 10_000);
        await writeChange(organization, id, version, updatedAt);
        index.show(entryOf(organization, id, updatedAt.toISOString()));
        last.set(id, version);
      }
    });
    let pages = 0;
    for (let since = timeAt(0); Date.now() < stop; pages += 1) since = (await scan(organization, since)).next;
    expect(pages).toBeGreaterThan(5);
    await Promise.all(writers);
    await sleep(6_000);
    const { changes } = await scan(organization, new Date(Date.now() - 30_000).toISOString());
    expect(new Map(changes.map(({ id, version }) => [id, version]))).toEqual(last);
  });

  it('retries the keys that DynamoDB leaves unprocessed', async () => {
    const organization = anOrganization();
    await writeChanges(organization, 60);
    index.leaveUnprocessed('half', 5);
    expect((await scan(organization, timeAt(0))).changes.map(({ updated_at }) => updated_at)).toEqual(
      Array.from({ length: 60 }, (_, n) => timeAt(n)),
    );
  });

  it('returns 429 if DynamoDB leaves keys unprocessed until the retry budget ends', async () => {
    const organization = anOrganization();
    await writeChanges(organization, 3);
    index.leaveUnprocessed('all', Number.POSITIVE_INFINITY);
    const reply = await scanResponse(organization, timeAt(0));
    index.leaveUnprocessed('all', 0);
    expect(reply.statusCode).toBe(429);
    expect(reply.headers['retry-after']).toMatch(/^[123]$/);
    expect(JSON.parse(reply.body)).toMatchObject({ errorName: 'TooManyRequestsError' });
  });

  /** Writes one change for each of `count` appointments, a millisecond apart. */
  async function writeChanges(organization: string, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const id = randomUUID();
      await writeChange(organization, id, 1, new Date(timeAt(n)));
      index.show(entryOf(organization, id, timeAt(n)));
    }
  }

  async function writeChange(organization: string, id: string, version: number, updatedAt: Date): Promise<void> {
    await putItems([anItem({ organization, id, version, updated_at: updatedAt.toISOString() })]);
  }

  /**
   * Writes eight versions of each appointment within seconds, by clocks that are up to 5 s fast or slow. Each shard of the
   * index lags differently. An old entry may stay for half a second longer, or disappear before the new one appears.
   */
  async function writeAll(organization: string, ids: readonly string[], current: Map<string, number>): Promise<void> {
    const lags = new Map<string, number>();
    const shown = new Map<string, ReturnType<LateIndex['show']>>();
    for (let version = 1; version <= 8; version += 1) {
      const changes = ids.map((id) => {
        const updated_at = new Date(Date.now() + (Math.random() - 0.5) * 10_000).toISOString();
        return { organization, id, version, updated_at };
      });
      await putItems(changes.map(anItem));
      for (const { id, updated_at } of changes) {
        current.set(id, version);
        const shard = feedKey(organization, id);
        const lag = lags.get(shard) ?? Math.random() * 2_000;
        lags.set(shard, lag);
        const from = Date.now() + lag * (0.5 + Math.random());
        shown.get(id)?.hide(from + (Math.random() - 0.3) * 700);
        shown.set(id, index.show(entryOf(organization, id, updated_at), from));
      }
      await sleep(100);
    }
  }

  async function scan(organization: string, since: string) {
    const { statusCode, headers, body } = await scanResponse(organization, since);
    if (statusCode !== 200) throw new Error(`The scan received ${statusCode}: ${body}`);
    const [, next = ''] = /since=([^>]+)/.exec(headers.link ?? '') ?? [];
    const changes: readonly Change[] = JSON.parse(body);
    return { changes, next };
  }

  async function scanResponse(organization: string, since: string): Promise<Reply> {
    return Object(await scanUpdates.invoke(requestOf(organization, { rawQueryString: `since=${since}` })));
  }
});

describe('GET /appointments/v1/updates/scan, without DynamoDB', () => {
  const throttled = { __type: 'x#ThrottlingException', message: 'slow down' };

  it.concurrent.each([
    [
      429,
      'TooManyRequestsError',
      'throttles',
      (response: ServerResponse) => response.writeHead(400).end(JSON.stringify(throttled)),
    ],
    [503, 'ServiceUnavailableError', 'fails', (response: ServerResponse) => response.writeHead(500).end('{}')],
    [503, 'ServiceUnavailableError', 'does not respond', () => {}],
  ])('returns %i %s within its retry budget if each Query %s', async (statusCode, errorName, _, respond) => {
    const server = createServer((_request, response) => respond(response));
    const scan = await builtFunction('scan-updates', `http://127.0.0.1:${await listen(server)}`);
    const start = Date.now();
    const reply = await scan.invoke(requestOf(anOrganization(), { rawQueryString: `since=${timeAt(0)}` }));
    expect(reply).toMatchObject({ statusCode, body: expect.stringContaining(errorName) });
    expect(Date.now() - start).toBeLessThan(retryBudgetMs + 10_000);
    await scan.stop();
    server.close().closeAllConnections();
  });
});

function anOrganization(): string {
  return `org-${randomUUID()}`;
}

/** A fixed time in the past, plus `milliseconds`. */
function timeAt(milliseconds: number): string {
  return new Date(Date.parse('2026-03-02T09:00:00.000Z') + milliseconds).toISOString();
}

function entryOf(organization: string, id: string, updated_at: string) {
  return { appointment_key: appointmentKey(organization, id), feed_key: feedKey(organization, id), updated_at };
}
