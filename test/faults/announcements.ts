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

export type Announcements = {
  /** Which versions of the history were never announced, and which announcements are not true, once they have caught up or do not. */
  readonly compare: (history: readonly Version[]) => Promise<Comparison>;
  readonly stop: () => Promise<void>;
};

export type Comparison = {
  readonly calls: number;
  readonly faults: number;
  readonly announced: number;
  readonly missing: readonly string[];
  readonly invented: readonly string[];
};

const catchUpTimeout = 60_000;

/** Announces every version in that DynamoDB, as `publish-changes` does on its stream, to an EventBridge that fails every other time. */
export async function startAnnouncements(dynamodb: string): Promise<Announcements> {
  const stack = await synthesize({ events: true });
  const settings = stack.functions.filter(({ name }) => name === 'publish-changes');
  const streams = stack.streams.filter(({ functionId }) => settings.some(({ id }) => id === functionId));
  let faults = 0;
  const bridge = await startEventBridge(() => {
    // No response costs a time-out of seconds.
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
  const following = new AbortController();
  for (const stream of streams) {
    const [tables, reader] = [new DynamoDBClient(client), new DynamoDBStreamsClient(client)];
    void followStream(stream, tables, reader, functions.invoke, undefined, following.signal);
  }
  return {
    compare: async (history) => {
      const end = Date.now() + catchUpTimeout;
      for (;;) {
        const comparison = { calls: bridge.calls.length, faults, ...compare(history, bridge) };
        if (comparison.missing.length === 0 || Date.now() > end) return comparison;
        await sleep(200);
      }
    },
    stop: async () => {
      following.abort();
      await functions.stop();
      bridge.stop();
    },
  };
}

/** An event of a version that the history does not have is invented, and so is one that says something else of it. */
function compare(history: readonly Version[], { accepted }: EventBridge) {
  const expected = new Map(history.map(({ id, version, whole }) => [`${id}/${version}`, detailOf(whole)]));
  const details = accepted.map(({ Detail }) => JSON.parse(Detail));
  const announced = new Set(details.map(({ appointment_id, version }) => `${appointment_id}/${version}`));
  return {
    announced: accepted.length,
    missing: [...expected.keys()].filter((each) => !announced.has(each)),
    invented: details.flatMap((detail) => {
      const name = `${detail.appointment_id}/${detail.version}`;
      return isDeepStrictEqual(detail, expected.get(name)) ? [] : [name];
    }),
  };
}

function detailOf(whole: unknown) {
  const { id, organization_id, version, updated_at, status, deactivated } = Object(whole);
  return { organization_id, appointment_id: id, version, updated_at, status, deactivated };
}
