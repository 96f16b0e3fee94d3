import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { type RestoredTables, type RestoreRequest, restoreTables } from './restore-tables.ts';

const help = `npm run restore -- --time TIME [--stack NAME] [--history-time TIME]

Restores the appointments to a second of the last 35 days, and the history with them. It

  1. stops writes: it sets the reserved concurrency of the writing functions to 0
  2. waits until the table's stream has drained, which takes 6 minutes or more
  3. restores the appointments to TIME and the history to a later time, as new tables
  4. waits as long as AWS takes: minutes for a small table, hours for a large one
  5. sets stream, point-in-time recovery and deletion protection of the new tables
  6. deletes each history record whose version the restored appointment does not have
  7. prints the settings for cdk.json, and how to resume writes

Writes stay stopped until you resume them; reads go on. The old tables stay as they are. After an interruption, run the
same command again: it continues. It uses the AWS credentials and the region of your environment.

  --time TIME          UTC, to the second: 2026-11-22T12:00:00Z
  --stack NAME         the stack: Appointments, or Appointments-ENVIRONMENT. The default is Appointments
  --history-time TIME  restore the history to this time, which must be later than --time. The default is when the stream
                       has drained: then no version is missing. Use it if the history itself was damaged after TIME`;

try {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      stack: { type: 'string', default: 'Appointments' },
      time: { type: 'string' },
      'history-time': { type: 'string' },
    },
  });
  if (values.help) {
    console.log(help);
  } else {
    const request: RestoreRequest = {
      stackName: values.stack,
      time: timeOf('--time', values.time),
      historyTime: values['history-time'] ? timeOf('--history-time', values['history-time']) : undefined,
    };
    const restored = await restoreTables(request, {
      cloudformation: new CloudFormationClient(),
      cloudwatch: new CloudWatchClient(),
      dynamodb: new DynamoDBClient(),
      lambda: new LambdaClient(),
      // Path style: a bucket of an emulator has no host name of its own.
      s3: new S3Client({ forcePathStyle: true }),
      now: () => new Date(),
      sleep: (milliseconds) => sleep(milliseconds),
      report: (line) => console.log(`${new Date().toISOString()} ${line}`),
    });
    console.log(conclusion(request.stackName, restored));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function timeOf(flag: string, value: string | undefined): Date {
  const time = new Date(value ?? '');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value ?? '') || Number.isNaN(time.getTime())) {
    throw new Error(`${flag} must be a time in UTC like 2026-11-22T12:00:00Z; see npm run restore -- --help.`);
  }
  return time;
}

function conclusion(stackName: string, restored: RestoredTables): string {
  const { tableName, tableStreamArn, historyTableName, writingFunctions, missingVersions } = restored;
  const [, environment] = /^Appointments-(.+)$/.exec(stackName) ?? [];
  const settings = JSON.stringify({ tableName, tableStreamArn, historyTableName }, null, 2);
  const warning =
    missingVersions > 0
      ? `\nThe restored history lacks ${missingVersions} versions. If it did before, continue; otherwise restore it to a later time.\n`
      : '';
  return `${warning}
Both tables are restored. What is left to do:

1. Add these settings to ${environment ? `the environment ${environment}` : 'the context'} in cdk.json, and commit it:

${settings.replaceAll(/^/gm, '   ')}

2. Deploy them: npm run deploy${environment ? ` -- -c environment=${environment}` : ''}
3. Resume writes:

${writingFunctions.map((name) => `   aws lambda delete-function-concurrency --function-name ${name}`).join('\n')}
`;
}
