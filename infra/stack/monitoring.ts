import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  type Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { HistoryRecorder } from './history.ts';
import type { ApiRoute } from './route.ts';
import type { StackTable, Tables } from './tables.ts';

/** What the alarms and the dashboard watch. */
export type MonitoredResources = {
  readonly api: HttpApi;
  readonly routes: readonly ApiRoute[];
  readonly accessLog: ILogGroup;
  readonly recorder: HistoryRecorder;
  readonly tables: Tables;
};

const period = Duration.minutes(5);

/** For the engineer on call: a dashboard, and alarms that publish to one topic. The README's *Operate* explains each. */
export function addMonitoring(scope: Construct, monitored: MonitoredResources): void {
  const { api, routes, accessLog, recorder, tables } = monitored;
  const { appointments, history } = tables;
  const counted = countResponses(scope, accessLog);
  const historyDelay = recorder.fn.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: Duration.minutes(1) });
  const lost = lostRecords(recorder.mapping);

  const alarms = new Alarms(scope);
  // Each request is a data point of 0 or 1, so the average is the share.
  alarms.add('ServerErrorsAlarm', api.metricServerError({ statistic: Stats.AVERAGE, period }), {
    alarmDescription: 'At least 1 % of the requests were answered 5xx. README: Operate, Server errors',
    threshold: 0.01,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  });
  alarms.add('SlowAlarm', api.metricLatency({ statistic: 'p99', period }), {
    alarmDescription: 'One request in a hundred takes 2 s or more. README: Operate, Slow',
    threshold: 2_000,
    evaluationPeriods: 3,
    evaluateLowSampleCountPercentile: 'ignore',
  });
  alarms.add('ThrottledAlarm', counted.throttled, {
    alarmDescription: 'Requests were answered 429. README: Operate, Throttled',
    threshold: 10,
    evaluationPeriods: 2,
  });
  alarms.add('HistoryLateAlarm', historyDelay, {
    alarmDescription: 'The history is a minute or more behind. README: Operate, History late',
    threshold: Duration.minutes(1).toMilliseconds(),
    evaluationPeriods: 5,
  });
  alarms.add('FailedRecordAlarm', lost.kept, {
    alarmDescription: 'Versions are missing in the history; they are in the bucket. README: Operate, Failed record',
    threshold: 1,
    evaluationPeriods: 1,
  });
  alarms.add('DroppedRecordAlarm', lost.dropped, {
    alarmDescription: 'Versions are missing in the history, and not in the bucket. README: Operate, Dropped record',
    threshold: 1,
    evaluationPeriods: 1,
  });

  const dashboard = new Dashboard(scope, 'Dashboard');
  dashboard.addWidgets(
    new TextWidget({ markdown: 'What each alarm means and what to do: the README, *Operate*.', width: 24, height: 1 }),
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
      recorder.fn.metricThrottles({ label: 'function of the stream', period }),
    ]),
    graph('History behind the table, ms', [historyDelay]),
    graph('Records that failed for good', [lost.kept, lost.dropped]),
  );
}

/** Counts the lines of the access log by status. */
function countResponses(scope: Construct, logGroup: ILogGroup) {
  const metricNamespace = Stack.of(scope).stackName;
  const count = (id: string, status: string, byRoute: boolean) => {
    new MetricFilter(scope, id, {
      logGroup,
      metricNamespace,
      metricName: id,
      filterPattern: FilterPattern.stringValue('$.status', '=', status),
      ...(byRoute ? { dimensions: { Route: '$.route' } } : { defaultValue: 0 }),
    });
    return new Metric({ namespace: metricNamespace, metricName: id, statistic: Stats.SUM, period });
  };
  return {
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

/** Records that Lambda put into the bucket, and records that it dropped because it could not. */
function lostRecords({ eventSourceMappingId }: EventSourceMapping) {
  const events = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: eventSourceMappingId },
      statistic: Stats.SUM,
      period,
    });
  return {
    kept: events('OnFailureDestinationDeliveredEventCount'),
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

/** Alarms that notify one topic when they start and when they end. Missing data counts as good. */
class Alarms {
  readonly #scope: Construct;
  readonly #action: SnsAction;

  constructor(scope: Construct) {
    this.#scope = scope;
    const topic = new Topic(scope, 'AlarmTopic', { enforceSSL: true });
    this.#action = new SnsAction(topic);
    new CfnOutput(scope, 'AlarmTopicArn', { value: topic.topicArn });
  }

  add(id: string, metric: Metric, options: CreateAlarmOptions): Alarm {
    const alarm = metric.createAlarm(this.#scope, id, {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
    alarm.addAlarmAction(this.#action);
    alarm.addOkAction(this.#action);
    return alarm;
  }
}
