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

/** The AWS account, the clock, and where progress is reported. */
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
  /** The second that the appointments go back to. */
  readonly time: Date;
  /** The second that the history goes back to. Undefined: when the stream has drained, so that no version is missing. */
  readonly historyTime: Date | undefined;
};

export type RestoredTables = {
  readonly tableName: string;
  readonly tableStreamArn: string;
  readonly historyTableName: string;
  readonly writingFunctions: readonly string[];
  /** How many versions of the restored appointments the restored history lacks. */
  readonly missingVersions: number;
};

const minute = 60_000;

/** How often AWS is asked whether something that takes long is done. */
const pollInterval = 20_000;

/**
 * Restores both tables of a stack under new names; the old tables stay as they are. Each step first looks at what is there:
 * after an interruption, the same request continues.
 * @throws Error with a sentence that says what to do
 */
export async function restoreTables(request: RestoreRequest, operator: Operator): Promise<RestoredTables> {
  const stack = await readStack(request.stackName, operator);
  const { AppointmentsTable: source, HistoryTable: historySource } = stack;
  const [target, historyTarget] = [restoredName(source, request.time), restoredName(historySource, request.time)];
  if (target === source) throw new Error(`The stack already uses the table that was restored to that time, ${source}.`);
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

  operator.report(`Comparing every record in ${historyTarget} with its appointment`);
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

/** The name tells the time, so that a repeated command finds the table: `NAME-20261122T120000Z`. */
function restoredName(source: string, time: Date): string {
  const stamp = time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${source.replace(/-\d{8}T\d{6}Z$/, '')}-${stamp}`;
}

async function checkTimes(source: string, { time, historyTime }: RestoreRequest, operator: Operator): Promise<void> {
  const { EarliestRestorableDateTime: earliest } = await recoveryOf(source, operator);
  if (!earliest) throw new Error(`${source} has no point-in-time recovery: it cannot be restored.`);
  if (time < earliest) throw new Error(`${source} cannot be restored to a time before ${earliest.toISOString()}.`);
  if (time > operator.now()) throw new Error('The time to restore to is in the future.');
  if (historyTime && historyTime <= time) {
    throw new Error('The time of the history must be later than the time of the appointments, which it lags behind.');
  }
}

async function stopWrites(functions: readonly string[], { lambda, report }: Operator): Promise<void> {
  for (const name of functions) {
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }));
    report(`Stopped writes: ${name} has the reserved concurrency 0`);
  }
}

/** A function may run for 20 s after its concurrency became 0, and CloudWatch shows a metric two minutes late. */
const runsOn = minute;
const metricDelay = 2 * minute;
const quietTime = 3 * minute;

/** Waits until the function has not been called for a while. A stream with records in it calls again and again. */
async function drainStream(functionName: string, operator: Operator): Promise<void> {
  const { lambda, now, sleep, report } = operator;
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionName }),
  );
  if (!EventSourceMappings.some(({ State }) => State === 'Enabled')) {
    throw new Error(`Nothing calls ${functionName}: enable its event source mapping, so that the stream can drain.`);
  }
  const stopped = now().getTime();
  for (;;) {
    const end = now().getTime() - metricDelay;
    const start = end - quietTime;
    const calls = start < stopped + runsOn ? undefined : await callsBetween(functionName, start, end, operator);
    if (calls === 0) return report('The stream has drained');
    report(
      calls === undefined
        ? `Waiting for the stream to drain: CloudWatch knows in ${minutes(stopped + runsOn - start)}`
        : `Waiting for the stream to drain: ${calls} calls of ${functionName} in ${minutes(quietTime)}`,
    );
    await sleep(pollInterval);
  }
}

/** Calls that ran, and calls that were throttled. */
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

/** A record in the bucket is a version that the history lacks, and replayed later, it could bring an undone version back. */
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
  const wanted = new Date(Math.floor(time.getTime() / 1_000) * 1_000);
  for (;;) {
    const { LatestRestorableDateTime: latest } = await recoveryOf(source, operator);
    if (latest && latest >= wanted) break;
    report(
      `Waiting until ${source} can be restored to ${wanted.toISOString()}: the latest time is ${latest?.toISOString()}`,
    );
    await sleep(pollInterval);
  }
  await dynamodb.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: source,
      TargetTableName: target,
      RestoreDateTime: wanted,
    }),
  );
  report(`Restoring ${source} to ${wanted.toISOString()} as ${target}`);
}

/** However long AWS takes: minutes for a small table, hours for a large one. */
async function waitUntilActive(name: string, operator: Operator): Promise<TableDescription> {
  const { now, sleep, report } = operator;
  const start = now().getTime();
  for (;;) {
    const table = await describe(name, operator);
    if (table.TableStatus === 'ACTIVE') return table;
    report(`Waiting for ${name}: ${table.TableStatus}, after ${minutes(now().getTime() - start)}`);
    await sleep(pollInterval);
  }
}

/** Waits for a restored table, and sets what it does not have: stream, deletion protection and point-in-time recovery. */
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
    await sleep(pollInterval);
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
  if (!table) throw new Error(`There is no table ${name}.`);
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
