import { CfnOutput, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { type EventSourceMapping, type IFunction, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { EncryptionKey } from './encryption-key.ts';
import { addFunction } from './function.ts';
import type { Tables } from './tables.ts';

/** The function that records the history, and the event source mapping that calls it. */
export type HistoryRecorder = { readonly fn: IFunction; readonly mapping: EventSourceMapping };

/** The history: the table's stream sends every change to `record-history`. A bucket keeps the records that fail for good. */
export function addHistory(
  stack: Stack,
  { history, streamArn }: Tables,
  { key, withKey }: EncryptionKey,
): HistoryRecorder {
  const failedRecords = new Bucket(stack, 'FailedRecords', {
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(90) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // Another account can take the name of a deleted bucket.
  const conditions = { StringEquals: { 's3:ResourceAccount': stack.account } };
  const fn = addFunction(
    stack,
    'record-history',
    { HISTORY_TABLE: history.tableName },
    withKey([
      { actions: ['dynamodb:PutItem'], resource: history.tableArn },
      {
        actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        resource: streamArn,
      },
      // This action has no resource.
      { actions: ['dynamodb:ListStreams'], resource: '*' },
      { actions: ['s3:ListBucket'], resource: failedRecords.bucketArn, conditions },
      { actions: ['s3:PutObject'], resource: failedRecords.arnForObjects('*'), conditions },
    ]),
    'background',
  );
  const mapping = fn.addEventSourceMapping('stream', {
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    parallelizationFactor: 10,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    maxRecordAge: Duration.hours(6),
    onFailure: { bind: () => ({ destination: failedRecords.bucketArn }) },
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
  new CfnOutput(stack, 'FailedRecordsBucket', { value: failedRecords.bucketName });
  new CfnOutput(stack, 'RecordHistoryFunction', { value: fn.functionName });
  return { fn, mapping };
}
