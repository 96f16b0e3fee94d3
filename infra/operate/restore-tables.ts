import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  ContinuousBackupsUnavailableException,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type PointInTimeRecoveryDescription,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  type StreamSpecification,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { pruneHistory } from './prune-history.ts';

/** Clients of the AWS account, a clock, and a function that reports progress. */
export type Operator = {
  readonly cloudformation: CloudFormationClient;
  readonly cloudwatch: CloudWatchClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly report: (line: string) => void;
};

export type RestoreRequest = {
  readonly stackName: string;
  /** Restore the appointments to this second. */
  readonly time: Date;
  /** Restore the history to this second. Undefined: to the second when the stream has drained, so that no version is missing. */
  readonly historyTime: Date | undefined;
};

export type RestoredTables = {
  readonly tableName: string;
  readonly tableStreamArn: string;
  readonly historyTableName: string;
  readonly writingFunctions: readonly string[];
  /** How many versions of the restored appointments are missing in the restored history. */
  readonly missingVersions: number;
};

const minute = 60_000;

/** How often to ask AWS whether a long operation is done. */
const pollIntervalMs = 20_000;

/**
 * Restores both tables of a stack under new names. The old tables do not change. After an interruption, the same request
 * continues, because each step first checks whether it is already done.
 * @throws Error with a sentence that says what to do
 */
export async function restoreTables(request: RestoreRequest, operator: Operator): Promise<RestoredTables> {
  const stack = await readStack(request.stackName, operator);
  const { AppointmentsTable: source, HistoryTable: historySource } = stack;
  const [target, historyTarget] = [restoredName(source, request.time), restoredName(historySource, request.time)];
  if (target === source)
    throw new Error(
      `The stack already uses ${source}, which was restored to that time. For another time, set another --time.`,
    );
  await checkTimes(source, request, operator);

  const writingFunctions = stack.WritingFunctions.split(' ');
  await stopWrites(writingFunctions, operator);
  if (!(await find(historyTarget, operator))) {
    await drainStream(stack.RecordHistoryFunction, operator);
    await checkFailedRecords(stack, operator);
    await startRestore(source, target, request.time, operator);
    await startRestore(historySource, historyTarget, request.historyTime ?? operator.now(), operator);
  }
  await protectTable(target, (await describe(source, operator)).StreamSpecification, operator);
  await protectTable(historyTarget, undefined, operator);

  operator.report(`Comparing each record in ${historyTarget} with its appointment`);
  const { deleted, missing } = await pruneHistory(target, historyTarget, operator);
  operator.report(`Deleted ${deleted} records of versions that the restored appointments do not have`);
  const { LatestStreamArn = '' } = await describe(target, operator);
  return {
    tableName: target,
    tableStreamArn: LatestStreamArn,
    historyTableName: historyTarget,
    writingFunctions,
    missingVersions: missing,
  };
}

const outputs = [
  'AppointmentsTable',
  'HistoryTable',
  'WritingFunctions',
  'RecordHistoryFunction',
  'FailedRecordsBucket',
] as const;
type StackOutputs = Readonly<Record<(typeof outputs)[number], string>>;

async function readStack(stackName: string, { cloudformation }: Operator): Promise<StackOutputs> {
  const { Stacks: [stack] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: stackName }));
  const outputOf = (name: (typeof outputs)[number]): string => {
    const value = stack?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    if (!value) throw new Error(`The stack ${stackName} has no output ${name}: deploy the current code first.`);
    return value;
  };
  return {
    AppointmentsTable: outputOf('AppointmentsTable'),
    HistoryTable: outputOf('HistoryTable'),
    WritingFunctions: outputOf('WritingFunctions'),
    RecordHistoryFunction: outputOf('RecordHistoryFunction'),
    FailedRecordsBucket: outputOf('FailedRecordsBucket'),
  };
}

/** `NAME-20261122T120000Z`: the time is in the name, so that the command finds the table when it runs again. */
function restoredName(source: string, time: Date): string {
  const stamp = time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${source.replace(/-\d{8}T\d{6}Z$/, '')}-${stamp}`;
}

async function checkTimes(source: string, { time, historyTime }: RestoreRequest, operator: Operator): Promise<void> {
  const { EarliestRestorableDateTime: earliest } = await recoveryOf(source, operator);
  if (!earliest) throw new Error(`${source} cannot be restored: its point-in-time recovery is off.`);
  if (time < earliest)
    throw new Error(`${source} cannot be restored to a time before ${earliest.toISOString()}: choose a later --time.`);
  if (time > operator.now()) throw new Error('--time is in the future: choose an earlier time.');
  if (historyTime && historyTime <= time) {
    throw new Error('--history-time must be later than --time, because the history lags behind the appointments.');
  }
}

async function stopWrites(functions: readonly string[], { lambda, report }: Operator): Promise<void> {
  for (const name of functions) {
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }));
    report(`Stopped writes: the reserved concurrency of ${name} is 0`);
  }
}

/** A call that already runs may take 20 s after the concurrency is 0. A minute covers that. */
const lastCallTime = minute;
/** CloudWatch shows a metric up to two minutes late. */
const metricDelay = 2 * minute;
/** The stream has drained if it made no call for this long. */
const quietTime = 3 * minute;

/** Waits until the function has had no call for a while: a stream that has records keeps calling it. */
async function drainStream(functionName: string, operator: Operator): Promise<void> {
  const { lambda, now, sleep, report } = operator;
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionName }),
  );
  if (!EventSourceMappings.some(({ State }) => State === 'Enabled')) {
    throw new Error(
      `The stream cannot drain, because the event source mapping of ${functionName} is not enabled: enable it, then run this command again.`,
    );
  }
  const stopped = now().getTime();
  for (;;) {
    const end = now().getTime() - metricDelay;
    const start = end - quietTime;
    const calls = start < stopped + lastCallTime ? undefined : await callsBetween(functionName, start, end, operator);
    if (calls === 0) return report('The stream has drained');
    report(
      calls === undefined
        ? `Waiting for the stream to drain: CloudWatch can tell in ${minutes(stopped + lastCallTime - start)}`
        : `Waiting for the stream to drain: ${functionName} had ${calls} calls in ${minutes(quietTime)}`,
    );
    await sleep(pollIntervalMs);
  }
}

/** Counts the calls, including throttled ones. */
async function callsBetween(
  functionName: string,
  start: number,
  end: number,
  { cloudwatch }: Operator,
): Promise<number> {
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(start),
      EndTime: new Date(end),
      MetricDataQueries: ['Invocations', 'Throttles'].map((MetricName) => ({
        Id: MetricName.toLowerCase(),
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName,
            Dimensions: [{ Name: 'FunctionName', Value: functionName }],
          },
          Period: minute / 1_000,
          Stat: 'Sum',
        },
      })),
    }),
  );
  return MetricDataResults.flatMap(({ Values = [] }) => Values).reduce((sum, value) => sum + value, 0);
}

/** A record in the bucket is a version that is missing in the history. If it is replayed after the restore, it could bring an undone version back. */
async function checkFailedRecords(stack: StackOutputs, { s3 }: Operator): Promise<void> {
  const { FailedRecordsBucket: bucket, RecordHistoryFunction: functionName } = stack;
  const { KeyCount = 0 } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
  if (KeyCount > 0) {
    throw new Error(
      `The bucket of failed records is not empty: run "npm run replay -- ${bucket} ${functionName}", then this command again.`,
    );
  }
}

async function startRestore(source: string, target: string, time: Date, operator: Operator): Promise<void> {
  if (await find(target, operator)) return;
  const { dynamodb, sleep, report } = operator;
  const requested = new Date(Math.floor(time.getTime() / 1_000) * 1_000);
  for (;;) {
    const { LatestRestorableDateTime: latest } = await recoveryOf(source, operator);
    if (latest && latest >= requested) break;
    report(
      `Waiting until ${source} can be restored to ${requested.toISOString()}: so far, the latest possible time is ${latest?.toISOString()}`,
    );
    await sleep(pollIntervalMs);
  }
  await dynamodb.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: source,
      TargetTableName: target,
      RestoreDateTime: requested,
    }),
  );
  report(`Restoring ${source} to ${requested.toISOString()} as ${target}`);
}

/** Has no timeout: a restore takes minutes for a small table and hours for a large one. */
async function waitUntilActive(name: string, operator: Operator): Promise<TableDescription> {
  const { now, sleep, report } = operator;
  const start = now().getTime();
  for (;;) {
    const table = await describe(name, operator);
    if (table.TableStatus === 'ACTIVE') return table;
    report(`Waiting for ${name}: ${table.TableStatus}, after ${minutes(now().getTime() - start)}`);
    await sleep(pollIntervalMs);
  }
}

/** Waits for a restored table. Then sets what a restore does not keep: stream, deletion protection and point-in-time recovery. */
async function protectTable(name: string, stream: StreamSpecification | undefined, operator: Operator): Promise<void> {
  const { dynamodb, sleep, report } = operator;
  const table = await waitUntilActive(name, operator);
  const lacksStream = stream !== undefined && table.StreamSpecification?.StreamEnabled !== true;
  if (lacksStream || table.DeletionProtectionEnabled !== true) {
    await dynamodb.send(
      new UpdateTableCommand({
        TableName: name,
        DeletionProtectionEnabled: true,
        ...(lacksStream && { StreamSpecification: stream }),
      }),
    );
    await waitUntilActive(name, operator);
  }
  const enableRecovery = new UpdateContinuousBackupsCommand({
    TableName: name,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  while ((await recoveryOf(name, operator)).PointInTimeRecoveryStatus !== 'ENABLED') {
    await dynamodb.send(enableRecovery).catch((error) => {
      if (!(error instanceof ContinuousBackupsUnavailableException)) throw error;
    });
    report(`Waiting for the point-in-time recovery of ${name}`);
    await sleep(pollIntervalMs);
  }
  report(`Protected ${name}: ${stream ? 'stream, ' : ''}point-in-time recovery, deletion protection`);
}

async function recoveryOf(name: string, { dynamodb }: Operator): Promise<PointInTimeRecoveryDescription> {
  const { ContinuousBackupsDescription } = await dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: name }),
  );
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
}

async function describe(name: string, operator: Operator): Promise<TableDescription> {
  const table = await find(name, operator);
  if (!table) throw new Error(`The table ${name} does not exist.`);
  return table;
}

async function find(name: string, { dynamodb }: Operator): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function minutes(milliseconds: number): string {
  return `${Math.ceil(milliseconds / minute)} min`;
}
