import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  ComparisonOperator,
  type CreateAlarmOptions,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { EventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  FilterPattern,
  type IFilterPattern,
  type ILogGroup,
  MetricFilter,
  type MetricFilterOptions,
} from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { ApiRoute } from './route.ts';
import type { StreamReader } from './stream-reader.ts';
import type { StackTable, Tables } from './tables.ts';

/** What the alarms and the dashboard watch. */
export type MonitoredResources = {
  readonly api: HttpApi;
  readonly routes: readonly ApiRoute[];
  readonly accessLog: ILogGroup;
  readonly recorder: StreamReader;
  readonly publisher: StreamReader | undefined;
  readonly tables: Tables;
  readonly key: IKey | undefined;
};

const period = Duration.minutes(5);

/** Adds a dashboard, and alarms that publish to one topic. infra/README.md, *Alarms*, explains each alarm. */
export function addMonitoring(stack: Stack, monitored: MonitoredResources): void {
  const { api, routes, accessLog, recorder, publisher, tables, key } = monitored;
  const readers = publisher ? [recorder, publisher] : [recorder];
  const { appointments, history } = tables;
  const counted = countResponses(stack, accessLog, routes);

  const alarms = new Alarms(stack, key);
  // Each request is a data point, 0 or 1, so the average is the share of failed requests.
  alarms.add('ServerErrorsAlarm', api.metricServerError({ statistic: Stats.AVERAGE, period }), {
    alarmDescription: 'At least 1 % of the responses were 5xx. infra/README.md: Alarms, Server errors',
    threshold: 0.01,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  });
  alarms.add('SlowAlarm', api.metricLatency({ statistic: 'p99', period }), {
    alarmDescription: 'One request in a hundred takes 2 s or more. infra/README.md: Alarms, Slow',
    threshold: 2_000,
    evaluationPeriods: 3,
    // With few requests, p99 is the slowest request. With 'ignore' the alarm would be inactive below 1,000 requests in a period.
    evaluateLowSampleCountPercentile: 'evaluate',
  });
  alarms.add('ThrottledAlarm', counted.throttled, {
    alarmDescription: 'Responses were 429. infra/README.md: Alarms, Throttled',
    threshold: 10,
    evaluationPeriods: 2,
  });
  addReaderAlarms(alarms, recorder, counted.written, {
    late: [
      'HistoryLateAlarm',
      'The history is a minute or more behind the table. infra/README.md: Alarms, History late',
    ],
    stopped: [
      'HistoryStoppedAlarm',
      'Versions are written, but record-history does not run. infra/README.md: Alarms, History stopped',
    ],
    failed: [
      'FailedRecordAlarm',
      'Versions are missing in the history. Their records are in the bucket FailedRecordsBucket. infra/README.md: Alarms, Failed record',
    ],
    dropped: [
      'DroppedRecordAlarm',
      'Versions are missing in the history, and their records are lost. infra/README.md: Alarms, Dropped record',
    ],
  });
  if (publisher) {
    addReaderAlarms(alarms, publisher, counted.written, {
      late: [
        'EventsLateAlarm',
        'Change events are a minute or more behind the table. infra/README.md: Alarms, Events late',
      ],
      stopped: [
        'EventsStoppedAlarm',
        'Versions are written, but publish-changes does not run. infra/README.md: Alarms, Events stopped',
      ],
      failed: [
        'FailedEventAlarm',
        'Change events were not published. Their records are in the bucket FailedEventsBucket. infra/README.md: Alarms, Failed event',
      ],
      dropped: [
        'DroppedEventAlarm',
        'Change events were not published, and their records are lost. infra/README.md: Alarms, Dropped event',
      ],
    });
  }

  const dashboard = new Dashboard(stack, 'Dashboard');
  dashboard.addWidgets(
    new TextWidget({
      markdown: 'What each alarm means and what to do: infra/README.md, *Alarms*.',
      width: 24,
      height: 1,
    }),
  );
  dashboard.addWidgets(
    graph(
      'Requests by route',
      routes.map(({ key, fn }) => fn.metricInvocations({ label: key, period })),
    ),
    graph('Client errors (4xx) by route', byRoute(routes, counted.clientErrors)),
    graph('Server errors (5xx) by route', byRoute(routes, counted.serverErrors)),
  );
  dashboard.addWidgets(
    graph('Version conflicts (409) by route', byRoute(routes, counted.conflicts)),
    graph('Violations (422) by route', byRoute(routes, counted.violations)),
    graph('Latency, ms', [
      api.metricLatency({ statistic: 'p50', label: 'p50', period }),
      api.metricLatency({ statistic: 'p99', label: 'p99', period }),
    ]),
  );
  dashboard.addWidgets(
    graph('Throttles', [
      counted.throttled,
      tableThrottles('appointments: writes', 'WriteThrottleEvents', appointments),
      tableThrottles('appointments: reads', 'ReadThrottleEvents', appointments),
      tableThrottles('index for scan: writes', 'WriteThrottleEvents', appointments, 'updates'),
      tableThrottles('index for scan: reads', 'ReadThrottleEvents', appointments, 'updates'),
      tableThrottles('history: writes', 'WriteThrottleEvents', history),
      tableThrottles('history: reads', 'ReadThrottleEvents', history),
      ...routes.map(({ key, fn }) => fn.metricThrottles({ label: `function of ${key}`, period })),
      ...readers.map(({ fn }) => fn.metricThrottles({ label: fn.node.id, period })),
    ]),
    graph(
      'Behind the table, ms',
      readers.map(({ fn }) => delayOf(fn).with({ label: fn.node.id })),
    ),
    graph(
      'Records that Lambda gave up on',
      readers.flatMap(({ fn, mapping }) =>
        Object.entries(failedRecords(mapping)).map(([name, metric]) =>
          metric.with({ label: `${fn.node.id}: ${name}` }),
        ),
      ),
    ),
  );
}

/** Counts the lines of the access log by status. */
function countResponses(stack: Stack, logGroup: ILogGroup, routes: readonly ApiRoute[]) {
  const metricNamespace = stack.stackName;
  const has = (field: string, value: string) => FilterPattern.stringValue(`$.${field}`, '=', value);
  const countLines = (id: string, filterPattern: IFilterPattern, options: Partial<MetricFilterOptions>) => {
    new MetricFilter(stack, id, { logGroup, metricNamespace, metricName: id, filterPattern, ...options });
    return new Metric({ namespace: metricNamespace, metricName: id, statistic: Stats.SUM, period });
  };
  const count = (id: string, status: string, byRoute: boolean) =>
    countLines(id, has('status', status), byRoute ? { dimensions: { Route: '$.route' } } : { defaultValue: 0 });
  const writes = routes.filter(({ scope }) => scope === 'appointments/write').map(({ key }) => has('route', key));
  return {
    written: countLines('Written', FilterPattern.all(has('status', '200'), FilterPattern.any(...writes)), {
      defaultValue: 0,
    }),
    clientErrors: count('ClientErrors', '4*', true),
    serverErrors: count('ServerErrors', '5*', true),
    conflicts: count('Conflicts', '409', true),
    violations: count('Violations', '422', true),
    throttled: count('Throttled', '429', false),
  };
}

function byRoute(routes: readonly ApiRoute[], metric: Metric): IMetric[] {
  return routes.map(({ key }) => metric.with({ dimensionsMap: { Route: key }, label: key }));
}

type ReaderAlarm = readonly [id: string, alarmDescription: string];

/** Adds the four alarms of a function that reads the table's stream. */
function addReaderAlarms(
  alarms: Alarms,
  { fn, mapping }: StreamReader,
  written: Metric,
  named: Readonly<Record<'late' | 'stopped' | 'failed' | 'dropped', ReaderAlarm>>,
): void {
  const { failed, dropped } = failedRecords(mapping);
  const add = (
    [id, alarmDescription]: ReaderAlarm,
    metric: Metric | MathExpression,
    threshold: number,
    periods: number,
  ) => alarms.add(id, metric, { alarmDescription, threshold, evaluationPeriods: periods });
  add(named.late, delayOf(fn), Duration.minutes(1).toMilliseconds(), 5);
  add(named.stopped, writtenWithoutRun(written, fn), 1, 3);
  add(named.failed, failed, 1, 1);
  add(named.dropped, dropped, 1, 1);
}

function delayOf(fn: IFunction): Metric {
  return fn.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: Duration.minutes(1) });
}

/** 1 in a period with writes in which the function never ran. The alarm on its delay cannot see this: a function that does not run reports no delay. */
function writtenWithoutRun(written: Metric, fn: IFunction): MathExpression {
  return new MathExpression({
    expression: 'IF(FILL(written, 0) > 0 AND FILL(runs, 0) == 0, 1, 0)',
    usingMetrics: { written, runs: fn.metricInvocations({ period }) },
    period,
  });
}

/** Records that Lambda gave up on: it moved them to the bucket (`failed`), or it could not (`dropped`). */
function failedRecords({ eventSourceMappingId }: EventSourceMapping) {
  const events = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: eventSourceMappingId },
      statistic: Stats.SUM,
      period,
    });
  return {
    failed: events('OnFailureDestinationDeliveredEventCount'),
    dropped: events('DroppedEventCount'),
  };
}

function tableThrottles(label: string, metricName: string, { tableName }: StackTable, index?: string): Metric {
  const dimensionsMap = { TableName: tableName, ...(index && { GlobalSecondaryIndexName: index }) };
  return new Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap, statistic: Stats.SUM, label, period });
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });
}

/** Alarms that notify one topic when they start and when they end. Missing data does not start an alarm. */
class Alarms {
  readonly #stack: Stack;
  readonly #action: SnsAction;

  constructor(stack: Stack, key: IKey | undefined) {
    this.#stack = stack;
    const topic = new Topic(stack, 'AlarmTopic', { enforceSSL: true, ...(key && { masterKey: key }) });
    // `enforceSSL` adds a topic policy. It replaces the default policy, which lets the account's alarms publish, so permit that here.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' }) },
        },
      }),
    );
    this.#action = new SnsAction(topic);
    new CfnOutput(stack, 'AlarmTopicArn', { value: topic.topicArn });
  }

  add(id: string, metric: Metric | MathExpression, options: CreateAlarmOptions): void {
    const alarm = metric.createAlarm(this.#stack, id, {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
    alarm.addAlarmAction(this.#action);
    alarm.addOkAction(this.#action);
  }
}
