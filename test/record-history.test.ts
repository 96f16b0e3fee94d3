import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BuiltFunction, builtFunction } from './support/built-function.ts';
import { anItem, database, tableName } from './support/table.ts';

describe('record-history', () => {
  let recordHistory: BuiltFunction;
  let historyTable: string;

  beforeAll(async () => {
    historyTable = await tableName('History');
    recordHistory = await builtFunction('record-history', process.env.DYNAMODB_URL ?? '');
  });

  afterAll(() => recordHistory.stop());

  it('stores each version once, even if records arrive twice, late, or out of order', async () => {
    const id = randomUUID();
    const records = [1, 2, 3].map((version) => streamRecord(anItem({ id, version })));
    await recordHistory.invoke({ Records: records });
    await recordHistory.invoke({ Records: [...records].reverse() });
    await recordHistory.invoke({ Records: records.slice(1, 2) });
    expect(await versionsOf(id)).toEqual([1, 2, 3]);
  });

  it('reports only the records that failed, and stores the others', async () => {
    const id = randomUUID();
    const broken = streamRecord(anItem({ id, version: 2, appointment_key: undefined }));
    const result = await recordHistory.invoke({
      Records: [streamRecord(anItem({ id, version: 1 })), broken, streamRecord(anItem({ id, version: 3 }))],
    });
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: broken.dynamodb.SequenceNumber }] });
    expect(await versionsOf(id)).toEqual([1, 3]);
  });

  it('skips the record of a deleted item', async () => {
    expect(await recordHistory.invoke({ Records: [{ dynamodb: { SequenceNumber: '1' } }] })).toEqual({
      batchItemFailures: [],
    });
  });

  it('stores a version exactly as it was written', async () => {
    const item = anItem({ version: 7 });
    await recordHistory.invoke({ Records: [streamRecord(item)] });
    expect(await historyOf(item.appointment_key)).toEqual([item]);
  });

  async function historyOf(key: unknown): Promise<Record<string, unknown>[]> {
    const { Items = [] } = await database().send(
      new QueryCommand({
        TableName: historyTable,
        KeyConditionExpression: 'appointment_key = :key',
        ExpressionAttributeValues: { ':key': key },
      }),
    );
    return Items;
  }

  async function versionsOf(id: string): Promise<unknown[]> {
    return (await historyOf(`${id}#acme`)).map(({ version }) => version);
  }
});

let sequence = 0;

function streamRecord(item: Record<string, unknown>) {
  sequence += 1;
  const NewImage = marshall(item, { removeUndefinedValues: true });
  return { eventName: 'MODIFY', dynamodb: { SequenceNumber: String(sequence), NewImage } };
}
