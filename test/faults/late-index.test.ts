import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { type BuiltFunction, builtFunction, requestOf } from '../support/built-function.ts';
import { anItem, putItems } from '../support/table.ts';

type Item = { id: { S: string }; version: { N: string }; write_id: { S: string } };
type Answer = { headers?: { link?: string }; body?: string };

const organization = `org-${randomUUID()}`;

describe('a client that follows the links of scan, while the index is late and the writers’ clocks differ', () => {
  /** When the index shows a write, by its write_id, and what it showed of that appointment before. */
  const shownAt = new Map<string, number>();
  let lateIndex: Server;
  let scanUpdates: BuiltFunction;

  beforeAll(async () => {
    lateIndex = createServer(async (request, response) => {
      const { host: _, ...headers } = request.headers;
      const answer = await fetch(process.env.DYNAMODB_URL ?? '', {
        method: 'POST',
        headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
        body: await text(request),
      });
      const { Items = [], ...others }: { Items?: Item[] } = JSON.parse(await answer.text());
      const shown = Items.filter(({ write_id }) => Date.now() >= (shownAt.get(write_id.S) ?? 0));
      response
        .writeHead(answer.status, { 'x-amzn-requestid': answer.headers.get('x-amzn-requestid') ?? 'late' })
        .end(JSON.stringify({ ...others, Items: shown }));
    });
    const port = await listen(lateIndex);
    scanUpdates = await builtFunction('scan-updates', `http://127.0.0.1:${port}`);
  });

  afterAll(async () => {
    await scanUpdates.stop();
    lateIndex.close().closeAllConnections();
  });

  it('ends with every appointment at its last version, and comes to rest', async () => {
    const ids = Array.from({ length: 150 }, () => randomUUID());
    const seen = new Map<string, number>();
    const known = new Set<string>();
    let since = new Date(Date.now() - 60_000).toISOString();
    let writing = true;
    const written = writeAll(ids).finally(() => {
      writing = false;
    });

    // At rest: the index has shown everything, and a whole round of pages brings nothing new.
    for (let quiet = 0; quiet < 6 || writing; ) {
      const { appointments, next } = await scan(since);
      const fresh = appointments.filter(({ id, version }) => !known.has(`${id} ${version}`));
      for (const { id, version } of fresh) {
        known.add(`${id} ${version}`);
        seen.set(id, Math.max(version, seen.get(id) ?? 0));
      }
      quiet = fresh.length > 0 ? 0 : quiet + 1;
      since = next;
      await sleep(fresh.length > 0 ? 20 : 400);
    }
    await written;

    expect(seen.size).toBe(ids.length);
    expect([...seen.values()]).toEqual(ids.map(() => 8));
  });

  /** Eight versions of each, within some seconds, stamped by clocks that are up to 5 s fast or slow, shown up to 2 s late. */
  async function writeAll(ids: readonly string[]): Promise<void> {
    for (let version = 1; version <= 8; version += 1) {
      await putItems(
        ids.map((id) => {
          const write_id = randomUUID();
          shownAt.set(write_id, Date.now() + Math.random() * 2_000);
          const updated_at = new Date(Date.now() + (Math.random() - 0.5) * 10_000).toISOString();
          return anItem({ organization_id: organization, id, version, updated_at, write_id });
        }),
      );
      await sleep(100);
    }
  }

  async function scan(since: string) {
    const { headers, body = '' }: Answer = Object(
      await scanUpdates.invoke(requestOf(organization, { rawQueryString: `since=${since}` })),
    );
    const appointments: { id: string; version: number; updated_at: string }[] = JSON.parse(body);
    const [, next = ''] = /since=([^>]+)/.exec(headers?.link ?? '') ?? [];
    return { appointments, next };
  }
});
