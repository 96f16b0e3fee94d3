import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { InitializeMiddleware } from '@smithy/types';
import type { Operator } from '../../infra/operate/restore-tables.ts';

/** Handles a call to AWS, and returns its output. `next` sends the call. */
export type OnCall = (name: string, input: object, next: Next) => Promise<unknown>;
type Next = () => Promise<unknown>;

/** An operator whose calls to the AWS at `endpoint` pass through `onCall`. Its clock moves only when it sleeps. */
export function testOperator(endpoint: string, start: Date, onCall: OnCall): Operator & { reported: string[] } {
  const settings = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const clients = {
    cloudformation: new CloudFormationClient(settings),
    cloudwatch: new CloudWatchClient(settings),
    dynamodb: new DynamoDBClient(settings),
    lambda: new LambdaClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  };
  const step = { step: 'initialize', name: 'onCall' } as const;
  clients.cloudformation.middlewareStack.add(callMiddleware(onCall), step);
  clients.cloudwatch.middlewareStack.add(callMiddleware(onCall), step);
  clients.dynamodb.middlewareStack.add(callMiddleware(onCall), step);
  clients.lambda.middlewareStack.add(callMiddleware(onCall), step);
  clients.s3.middlewareStack.add(callMiddleware(onCall), step);
  let time = start.getTime();
  const reported: string[] = [];
  return {
    ...clients,
    now: () => new Date(time),
    sleep: async (milliseconds) => {
      time += milliseconds;
    },
    report: (line) => {
      reported.push(line);
    },
    reported,
  };
}

function callMiddleware<Input extends object, Output extends object>(
  onCall: OnCall,
): InitializeMiddleware<Input, Output> {
  return (next, { commandName = '' }) =>
    async (args) => {
      const send = async () => (await next(args)).output;
      const output = await onCall(commandName.replace(/Command$/, ''), args.input, send);
      return { output: Object(output), response: undefined };
    };
}
