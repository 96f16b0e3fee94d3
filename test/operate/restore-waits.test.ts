import { ContinuousBackupsUnavailableException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { restoreTables } from '../../infra/operate/restore-tables.ts';
import { type OnCall, testOperator } from './operator.ts';

const start = new Date('2026-11-22T13:00:00Z');
const time = new Date('2026-11-22T12:00:00Z');
const minute = 60_000;
const request = { stackName: 'Appointments', time, historyTime: undefined };

/** A fake AWS with delays: a stream that drains late, backups that lag by five minutes, a restore that takes 90 minutes. */
function slowAws(settings: { drainedAfter?: number; mapping?: string } = {}) {
  const { drainedAfter = 10 * minute, mapping = 'Enabled' } = settings;
  const calls: { name: string; input: Record<string, unknown>; at: number }[] = [];
  const readyAt = new Map<string, number>();
  const updated = new Map<string, number>();
  const onCall: OnCall = async (name, sent) => {
    const input: Record<string, unknown> = { ...sent };
    const now = operator.now().getTime();
    calls.push({ name, input, at: now - start.getTime() });
    const table = String(input.TableName ?? input.TargetTableName);
    const respond = responses[name];
    if (!respond) throw new Error(`The fake AWS has no response to ${name}.`);
    return respond(table, now, input);
  };
  const responses: Record<string, (table: string, now: number, input: Record<string, unknown>) => unknown> = {
    DescribeStacks: () => ({ Stacks: [{ Outputs: outputs }] }),
    PutFunctionConcurrency: () => ({}),
    ListEventSourceMappings: () => ({ EventSourceMappings: [{ State: mapping }] }),
    GetMetricData: (_, __, { StartTime }) => {
      const busy = new Date(String(StartTime)).getTime() < start.getTime() + drainedAfter;
      return { MetricDataResults: [{ Values: busy ? [4, 1] : [] }, { Values: [] }] };
    },
    ListObjectsV2: () => ({ KeyCount: 0 }),
    DescribeContinuousBackups: (table, now) => ({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus:
            table.includes('-2026') && !updated.has(`${table} backups`) ? 'DISABLED' : 'ENABLED',
          EarliestRestorableDateTime: new Date(start.getTime() - 86_400_000),
          LatestRestorableDateTime: new Date(now - 5 * minute),
        },
      },
    }),
    RestoreTableToPointInTime: (table, now) => {
      readyAt.set(table, now + 90 * minute);
      return {};
    },
    DescribeTable: (table, now) => {
      const ready = readyAt.get(table);
      if (table.includes('-2026') && ready === undefined)
        throw new ResourceNotFoundException({ message: '', $metadata: {} });
      const changed = updated.get(table);
      const updating = changed !== undefined && now < changed + minute;
      return {
        Table: {
          TableName: table,
          TableStatus: ready !== undefined && now < ready ? 'CREATING' : updating ? 'UPDATING' : 'ACTIVE',
          KeySchema: [{ AttributeName: 'appointment_key' }],
          DeletionProtectionEnabled: ready === undefined || changed !== undefined,
          ...((ready === undefined || changed !== undefined) && {
            StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
            LatestStreamArn: `${table}/stream/1`,
          }),
        },
      };
    },
    UpdateTable: (table, now) => {
      updated.set(table, now);
      return {};
    },
    UpdateContinuousBackups: (table, now) => {
      if (now < (updated.get(table) ?? 0) + 3 * minute)
        throw new ContinuousBackupsUnavailableException({ message: '', $metadata: {} });
      updated.set(`${table} backups`, now);
      return {};
    },
    Scan: () => ({ Items: [] }),
  };
  const operator = testOperator('http://nowhere', start, onCall);
  return { operator, calls, named: (name: string) => calls.filter((call) => call.name === name) };
}

const outputs = Object.entries({
  AppointmentsTable: 'appointments',
  HistoryTable: 'history',
  WritingFunctions: 'update create',
  RecordHistoryFunction: 'record-history',
  FailedRecordsBucket: 'bucket',
}).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));

describe('npm run restore, on an AWS with delays', () => {
  it('stops writes first, and restores the tables only after the stream has drained', async () => {
    const { operator, named, calls } = slowAws({ drainedAfter: 10 * minute });
    await restoreTables(request, operator);
    expect(named('PutFunctionConcurrency').map(({ input, at }) => ({ ...input, at }))).toEqual(
      ['update', 'create'].map((FunctionName) => ({ FunctionName, ReservedConcurrentExecutions: 0, at: 0 })),
    );
    const [restore] = named('RestoreTableToPointInTime');
    // Three quiet minutes, and CloudWatch shows them two minutes late.
    expect(restore?.at).toBeGreaterThanOrEqual(15 * minute);
    const order = calls.map(({ name }) => name);
    expect(order.indexOf('RestoreTableToPointInTime')).toBeGreaterThan(order.lastIndexOf('GetMetricData'));
    expect(operator.reported).toContain('Waiting for the stream to drain: CloudWatch can tell in 6 min');
    expect(operator.reported).toContain('Waiting for the stream to drain: record-history had 5 calls in 3 min');
  });

  it('waits until CloudWatch can show three minutes after the last write, even if it shows no calls so far', async () => {
    const { operator, named } = slowAws({ drainedAfter: 0 });
    await restoreTables(request, operator);
    expect(named('RestoreTableToPointInTime')[0]?.at).toBeGreaterThanOrEqual(6 * minute);
  });

  it('restores the appointments to the requested second, and the history to the time when the stream had drained', async () => {
    const { operator, named } = slowAws({ drainedAfter: 10 * minute });
    await restoreTables(request, operator);
    const [first, second] = named('RestoreTableToPointInTime').map(({ input }) => input);
    expect(first).toEqual({
      SourceTableName: 'appointments',
      TargetTableName: 'appointments-20261122T120000Z',
      RestoreDateTime: time,
    });
    expect(second).toMatchObject({ SourceTableName: 'history', TargetTableName: 'history-20261122T120000Z' });
    const historyTime = new Date(String(second?.RestoreDateTime)).getTime();
    expect(historyTime).toBeGreaterThanOrEqual(start.getTime() + 15 * minute);
  });

  it('restores the history to --history-time', async () => {
    const { operator, named } = slowAws();
    const historyTime = new Date('2026-11-22T12:10:00Z');
    await restoreTables({ ...request, historyTime }, operator);
    expect(named('RestoreTableToPointInTime')[1]?.input.RestoreDateTime).toEqual(historyTime);
  });

  it('waits until AWS can restore the requested time, which takes five minutes', async () => {
    const { operator, named } = slowAws();
    await restoreTables(request, operator);
    const [, history] = named('RestoreTableToPointInTime');
    const restored = new Date(String(history?.input.RestoreDateTime)).getTime() - start.getTime();
    expect(history?.at).toBeGreaterThanOrEqual(restored + 5 * minute);
    expect(operator.reported.join('\n')).toContain('Waiting until history can be restored to 2026-11-22T13:1');
  });

  it('waits for the restored tables without a timeout, reports progress, and changes them only while they are active', async () => {
    const { operator, named } = slowAws();
    const { tableStreamArn } = await restoreTables(request, operator);
    const [restored] = named('RestoreTableToPointInTime');
    for (const update of [...named('UpdateTable'), ...named('UpdateContinuousBackups')]) {
      expect(update.at).toBeGreaterThanOrEqual((restored?.at ?? 0) + 90 * minute);
    }
    expect(named('UpdateTable').map(({ input }) => input)).toEqual([
      {
        TableName: 'appointments-20261122T120000Z',
        DeletionProtectionEnabled: true,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      },
      { TableName: 'history-20261122T120000Z', DeletionProtectionEnabled: true },
    ]);
    expect(tableStreamArn).toBe('appointments-20261122T120000Z/stream/1');
    expect(operator.reported).toContain('Waiting for appointments-20261122T120000Z: CREATING, after 60 min');
    expect(operator.reported).toContain('Waiting for appointments-20261122T120000Z: UPDATING, after 1 min');
    expect(operator.reported).toContain('Waiting for the point-in-time recovery of appointments-20261122T120000Z');
  });

  it('fails at once if the event source mapping is disabled, because the stream cannot drain', async () => {
    const { operator, named } = slowAws({ mapping: 'Disabled' });
    await expect(restoreTables(request, operator)).rejects.toThrow(
      'the event source mapping of record-history is not enabled',
    );
    expect(named('RestoreTableToPointInTime')).toEqual([]);
  });
});
