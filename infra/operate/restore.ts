import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { commandLine, refuse } from '../command-line.ts';
import { type RestoredTables, type RestoreRequest, restoreTables } from './restore-tables.ts';

const help = `npm run restore -- --time TIME [--stack NAME] [--history-time TIME]

Restores the appointments and their history to a second of the last 35 days. The command

  1. stops writes: it sets the reserved concurrency of the writing functions to 0
  2. waits until the table's stream has drained, which takes 6 minutes or more
  3. restores the appointments to TIME and the history to a later time, as new tables
  4. waits for AWS: minutes for a small table, hours for a large one
  5. sets stream, point-in-time recovery and deletion protection of the new tables
  6. deletes each history record whose version the restored appointment does not have
  7. prints the settings for cdk.json, and how to resume writes

Writes stay stopped until you resume them. Reads continue. The old tables do not change. After an interruption, run the
same command again: it continues. It uses the AWS credentials and the region of your environment.

  --time TIME          the second to restore to, in UTC: 2026-11-22T12:00:00Z
  --stack NAME         Appointments (the default) or Appointments-ENVIRONMENT
  --history-time TIME  restore the history to this time, which must be later than --time. By default it is the time when
                       the stream has drained, so that no version is missing. Set it only if the history itself was
                       damaged after --time`;

const { values } = commandLine(help, {
  options: {
    stack: { type: 'string', default: 'Appointments' },
    time: { type: 'string' },
    'history-time': { type: 'string' },
  },
});
const request: RestoreRequest = {
  stackName: values.stack,
  time: timeOf('--time', values.time),
  historyTime: values['history-time'] ? timeOf('--history-time', values['history-time']) : undefined,
};
try {
  const restored = await restoreTables(request, {
    cloudformation: new CloudFormationClient(),
    cloudwatch: new CloudWatchClient(),
    dynamodb: new DynamoDBClient(),
    lambda: new LambdaClient(),
    // Path style, because an emulator has no host name for each bucket.
    s3: new S3Client({ forcePathStyle: true }),
    now: () => new Date(),
    sleep: (milliseconds) => sleep(milliseconds),
    report: (line) => console.log(`${new Date().toISOString()} ${line}`),
  });
  console.log(conclusion(request.stackName, restored));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function timeOf(flag: string, value: string | undefined): Date {
  const time = new Date(value ?? '');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value ?? '') || Number.isNaN(time.getTime())) {
    refuse(help, `${flag} must be a time in UTC, such as 2026-11-22T12:00:00Z`);
  }
  return time;
}

function conclusion(stackName: string, restored: RestoredTables): string {
  const { tableName, tableStreamArn, historyTableName, writingFunctions, missingVersions } = restored;
  const [, environment] = /^Appointments-(.+)$/.exec(stackName) ?? [];
  const settings = JSON.stringify({ tableName, tableStreamArn, historyTableName }, null, 2);
  const warning =
    missingVersions > 0
      ? `\n${missingVersions} versions are missing in the restored history. If they were missing before the restore, continue. Otherwise turn off the deletion protection of ${historyTableName}, delete it, and run this command again with a later --history-time.\n`
      : '';
  return `${warning}
Both tables are restored. Now:

1. Add these settings to ${environment ? `the environment ${environment}` : 'the context'} in cdk.json, and commit the file:

${settings.replaceAll(/^/gm, '   ')}

2. Deploy them: npm run deploy${environment ? ` -- -c environment=${environment}` : ''}
3. Resume writes:

${writingFunctions.map((name) => `   aws lambda delete-function-concurrency --function-name ${name}`).join('\n')}
`;
}
