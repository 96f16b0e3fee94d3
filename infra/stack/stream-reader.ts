import { CfnOutput, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { type EventSourceMapping, type IFunction, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { EncryptionKey } from './encryption-key.ts';
import { addFunction, type Permission } from './function.ts';

/** A function that reads the table's stream, and the event source mapping that calls it. */
export type StreamReader = { readonly fn: IFunction; readonly mapping: EventSourceMapping };

type ReaderOptions = {
  readonly streamArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly permission: Permission;
  /** The logical id of the bucket for records that fail for hours. */
  readonly bucketId: string;
  readonly encryption: EncryptionKey;
};

/** Adds the function in `dist/NAME`, which receives every change of the table, and the bucket for records that it cannot process. */
export function addStreamReader(stack: Stack, name: string, options: ReaderOptions): StreamReader {
  const { streamArn, environment, permission, bucketId, encryption } = options;
  const { key, withKey } = encryption;
  const bucket = new Bucket(stack, bucketId, {
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(90) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // If the bucket is deleted, another account can create one with its name.
  const conditions = { StringEquals: { 's3:ResourceAccount': stack.account } };
  const permissions = [
    permission,
    { actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], resource: streamArn },
    // IAM supports no resource for this action.
    { actions: ['dynamodb:ListStreams'], resource: '*' },
    { actions: ['s3:ListBucket'], resource: bucket.bucketArn, conditions },
    { actions: ['s3:PutObject'], resource: bucket.arnForObjects('*'), conditions },
  ];
  const fn = addFunction(stack, name, environment, withKey(permissions), 'background');
  const mapping = fn.addEventSourceMapping('stream', {
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    parallelizationFactor: 10,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    maxRecordAge: Duration.hours(6),
    onFailure: { bind: () => ({ destination: bucket.bucketArn }) },
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
  new CfnOutput(stack, `${bucketId}Bucket`, { value: bucket.bucketName });
  return { fn, mapping };
}
