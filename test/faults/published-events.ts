import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { followStream } from '../../infra/local/follow-stream.ts';
import { LocalFunctions } from '../../infra/local/local-functions.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { synthesize } from '../../infra/synthesized-stack.ts';
import { type EventBridge, eventBridgeFaults, startEventBridge } from '../support/event-bridge.ts';
import type { Version } from './operations.ts';

export type PublishedEvents = {
  /** Compares the events with the history, after every version is published or the wait times out. */
  readonly compare: (history: readonly Version[]) => Promise<Comparison>;
  readonly stop: () => Promise<void>;
};

export type Comparison = {
  readonly calls: number;
  readonly faults: number;
  readonly published: number;
  /** Versions without an event. */
  readonly missing: readonly string[];
  /** Versions with a wrong event, or with an event although the history does not have them. */
  readonly wrong: readonly string[];
};

const catchUpTimeoutMs = 60_000;

/** Runs `publish-changes` on the stream of that DynamoDB, with an EventBridge that fails half of the calls. */
export async function startPublishing(dynamodb: string): Promise<PublishedEvents> {
  const stack = await synthesize({ events: true });
  const settings = stack.functions.filter(({ name }) => name === 'publish-changes');
  const streams = stack.streams.filter(({ functionId }) => settings.some(({ id }) => id === functionId));
  let faults = 0;
  const bridge = await startEventBridge(() => {
    // A call without a response is rare here, because it costs a timeout of seconds.
    const kinds =
      Math.random() < 0.05 ? eventBridgeFaults : eventBridgeFaults.filter((kind) => kind !== 'gets no response');
    if (Math.random() < 0.5) return undefined;
    faults += 1;
    return kinds[Math.floor(Math.random() * kinds.length)];
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = { endpoint: dynamodb, region: 'us-east-1', credentials };
  const environment = {
    AWS_REGION: client.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bridge.url,
  };
  const functions = new LocalFunctions(settings, async () => environment, silentLog);
  const abortController = new AbortController();
  for (const stream of streams) {
    const [tables, reader] = [new DynamoDBClient(client), new DynamoDBStreamsClient(client)];
    void followStream(stream, tables, reader, functions.invoke, undefined, abortController.signal);
  }
  return {
    compare: async (history) => {
      const end = Date.now() + catchUpTimeoutMs;
      for (;;) {
        const comparison = { calls: bridge.calls.length, faults, ...compare(history, bridge) };
        if (comparison.missing.length === 0 || Date.now() > end) return comparison;
        await sleep(200);
      }
    },
    stop: async () => {
      abortController.abort();
      await functions.stop();
      bridge.stop();
    },
  };
}

function compare(history: readonly Version[], { accepted }: EventBridge) {
  const expected = new Map(history.map(({ id, version, whole }) => [`${id}/${version}`, detailOf(whole)]));
  const details = accepted.map(({ Detail }) => JSON.parse(Detail));
  const published = new Set(details.map(({ appointment_id, version }) => `${appointment_id}/${version}`));
  return {
    published: accepted.length,
    missing: [...expected.keys()].filter((each) => !published.has(each)),
    wrong: details.flatMap((detail) => {
      const name = `${detail.appointment_id}/${detail.version}`;
      return isDeepStrictEqual(detail, expected.get(name)) ? [] : [name];
    }),
  };
}

function detailOf(whole: unknown) {
  const { id, organization_id, version, updated_at, status, deactivated } = Object(whole);
  return { organization_id, appointment_id: id, version, updated_at, status, deactivated };
}
