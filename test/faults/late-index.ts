import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../infra/local/listen.ts';
import type { FeedEntry } from '../../lambda/store/feed.ts';

type Entry = FeedEntry & { readonly feed_key: string };

export type LateIndex = {
  readonly url: string;
  /** Shows an entry in the index `updates`, starting at the time `from` (milliseconds), until `hide`. */
  readonly show: (entry: Entry, from?: number) => { readonly hide: (at: number) => void };
  /** Leaves half or all of the keys unprocessed in the next `times` BatchGetItem calls. */
  readonly leaveUnprocessed: (share: 'half' | 'all', times: number) => void;
  readonly stop: () => void;
};

type Query = {
  readonly ExpressionAttributeValues: Readonly<Record<':shard' | ':since' | ':until', { readonly S: string }>>;
  readonly Limit: number;
  readonly ExclusiveStartKey?: { readonly place: { readonly S: string } };
};

type Key = { readonly appointment_key: { readonly S: string } };
type BatchGet = { readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Key[] }>> };

/**
 * Starts a proxy in front of DynamoDB. It responds to Query itself: a test decides what the index shows and when, and about
 * one entry in ten appears twice. A real index does not promise when an entry appears or disappears either.
 */
export async function startLateIndex(dynamodb: string): Promise<LateIndex> {
  const entries: { readonly entry: Entry; readonly from: number; until: number }[] = [];
  let unprocessed: { share: 'half' | 'all'; times: number } = { share: 'half', times: 0 };

  const server = createServer(async (request, response) => {
    const { host: _, 'content-length': __, ...headers } = request.headers;
    const operation = String(headers['x-amz-target']).split('.')[1];
    const input = JSON.parse(await text(request));
    const sent = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    const forward = async (body: object) => {
      const response = await fetch(dynamodb, { method: 'POST', headers: sent, body: JSON.stringify(body) });
      return JSON.parse(await response.text());
    };
    const output = operation === 'Query' ? query(input) : await batchGet(input, forward);
    response.writeHead(200, { 'x-amzn-requestid': 'LATE-INDEX' }).end(JSON.stringify(output));
  });
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}`,
    show: (entry, from = 0) => {
      const shown = { entry, from, until: Number.POSITIVE_INFINITY };
      entries.push(shown);
      return {
        hide: (at) => {
          shown.until = at;
        },
      };
    },
    leaveUnprocessed: (share, times) => {
      unprocessed = { share, times };
    },
    stop: () => server.close().closeAllConnections(),
  };

  function query({ ExpressionAttributeValues: values, Limit, ExclusiveStartKey }: Query) {
    const now = Date.now();
    const after = ExclusiveStartKey?.place.S ?? '';
    const shown = entries
      .filter(({ entry, from, until }) => entry.feed_key === values[':shard'].S && from <= now && now < until)
      .map(({ entry }) => entry)
      .filter(({ updated_at }) => values[':since'].S <= updated_at && updated_at <= values[':until'].S)
      .map((entry) => ({ ...entry, place: `${entry.updated_at} ${entry.appointment_key}` }))
      .filter(({ place }) => place > after)
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const page = shown.slice(0, Limit);
    const Items = page.flatMap(({ appointment_key, updated_at }) => {
      const item = { appointment_key: { S: appointment_key }, updated_at: { S: updated_at } };
      return Math.random() < 0.1 ? [item, item] : [item];
    });
    const last = page.at(-1)?.place;
    return { Items, ...(shown.length > Limit && last && { LastEvaluatedKey: { place: { S: last } } }) };
  }

  async function batchGet({ RequestItems }: BatchGet, forward: (input: BatchGet) => Promise<object>) {
    if (unprocessed.times === 0) return forward({ RequestItems });
    unprocessed.times -= 1;
    if (unprocessed.share === 'all') return { Responses: {}, UnprocessedKeys: RequestItems };
    const halves = (of: (keys: readonly Key[]) => readonly Key[]) =>
      Object.fromEntries(
        Object.entries(RequestItems).map(([table, get]) => [table, { ...get, Keys: of(get.Keys) }] as const),
      );
    const first = halves((keys) => keys.slice(0, Math.ceil(keys.length / 2)));
    const rest = halves((keys) => keys.slice(Math.ceil(keys.length / 2)));
    const output = await forward({ RequestItems: first });
    const left = Object.values(rest).some(({ Keys }) => Keys.length > 0);
    return { ...output, UnprocessedKeys: left ? rest : {} };
  }
}
