import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { StreamMapping } from '../synthesized-stack.ts';
import type { Invoke } from './local-functions.ts';
import type { StreamPositions } from './stream-positions.ts';

// Lambda polls every 250 ms.
const pollIntervalMs = 50;
const retryIntervalMs = 200;

/**
 * Calls the mapping's function with the records of the table's stream, until `signal` aborts. Each shard is read in order, from
 * the saved position. It saves a position after the record is processed, so a record may be processed twice, and none is lost.
 */
export async function followStream(
  { tableName, functionId, batchSize }: StreamMapping,
  tables: DynamoDBClient,
  streams: DynamoDBStreamsClient,
  invoke: Invoke,
  positions: StreamPositions | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { Table } = await tables.send(new DescribeTableCommand({ TableName: tableName }));
  const StreamArn = Table?.LatestStreamArn;
  if (!StreamArn) throw new Error(`${tableName} has no stream.`);
  const followed = new Set<string>();
  while (!signal.aborted) {
    // If the database does not respond, try again in the next round. If its process ends, the whole stack stops.
    for (const { ShardId } of await shardsOf(StreamArn).catch(() => [])) {
      if (ShardId === undefined || followed.has(ShardId)) continue;
      followed.add(ShardId);
      followShard(ShardId).catch(() => followed.delete(ShardId));
    }
    await pause(20 * pollIntervalMs);
  }

  async function shardsOf(arn: string): Promise<Shard[]> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    return StreamDescription?.Shards ?? [];
  }

  async function followShard(ShardId: string): Promise<void> {
    const reader = `${functionId} ${StreamArn} ${ShardId}`;
    let last = await positions?.read(reader);
    let iterator = await iteratorAt(ShardId, last);
    while (iterator !== undefined && !signal.aborted) {
      try {
        const { Records = [], NextShardIterator } = await streams.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: batchSize }),
        );
        await deliver(Records);
        const processed = Records.at(-1)?.dynamodb?.SequenceNumber;
        if (processed !== undefined && !signal.aborted) {
          await positions?.save(reader, processed);
          last = processed;
        }
        iterator = NextShardIterator;
        if (Records.length === 0) await pause(pollIntervalMs);
      } catch (error) {
        if (signal.aborted) return;
        const stale = error instanceof ExpiredIteratorException || error instanceof TrimmedDataAccessException;
        if (stale) iterator = await iteratorAt(ShardId, last);
        await pause(retryIntervalMs);
      }
    }
  }

  async function iteratorAt(ShardId: string, after: string | undefined): Promise<string | undefined> {
    // TRIM_HORIZON: processing a record again has no effect.
    const position = after
      ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after }
      : { ShardIteratorType: 'TRIM_HORIZON' as const };
    return (await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...position }))).ShardIterator;
  }

  /** Calls the function with the batch. Retries from the first failed record until all are processed. */
  async function deliver(records: readonly _Record[]): Promise<void> {
    let remaining = records;
    while (remaining.length > 0 && !signal.aborted) {
      const failed = await failedIn(remaining);
      const first = remaining.findIndex(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
      remaining = failed.size === 0 ? [] : remaining.slice(Math.max(first, 0));
      if (remaining.length > 0) await pause(retryIntervalMs);
    }
  }

  /** Calls the function, and returns the sequence numbers of the failed records. */
  async function failedIn(records: readonly _Record[]): Promise<ReadonlySet<string>> {
    try {
      const result: unknown = await invoke(functionId, { Records: records });
      const { batchItemFailures = [] }: { batchItemFailures?: { itemIdentifier: string }[] } = Object(result);
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch {
      return new Set(records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''));
    }
  }

  async function pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }
}
