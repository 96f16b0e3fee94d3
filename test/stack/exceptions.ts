/** A rule that does not apply to some resources of this stack. `of` matches the paths of these resources. */
export type Exception = { readonly rule: string; readonly of: RegExp; readonly reason: string };

/** The accepted findings of cdk-nag's packs AwsSolutions and HIPAA Security, with one row for each rule. */
export const exceptions: readonly Exception[] = [
  {
    rule: 'AwsSolutions-COG1',
    of: /\/Clients\/Resource$/,
    reason: 'The pool has clients and no users, so there are no passwords. Sign-up is disabled.',
  },
  {
    rule: 'AwsSolutions-COG2',
    of: /\/Clients\/Resource$/,
    reason: 'The pool has clients and no users, so there is no second factor.',
  },
  {
    rule: 'AwsSolutions-COG8',
    of: /\/Clients\/Resource$/,
    reason:
      'The Plus plan protects users who sign in, and the pool has none. Essentials is enough for claims in client tokens.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    of: /\/POST--api--auth--v2--token\/Resource$/,
    reason: 'A client has no token yet when it calls the token route.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    of: /\/(?:record-history|publish-changes)-role\/DefaultPolicy\/Resource$/,
    reason: 'IAM supports no resource for dynamodb:ListStreams.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<FailedRecordsDEC8AD7E.Arn>/*]',
    of: /\/record-history-role\/DefaultPolicy\/Resource$/,
    reason: 'Lambda chooses the names of the objects that it puts into the bucket.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<FailedEventsA83487DA.Arn>/*]',
    of: /\/publish-changes-role\/DefaultPolicy\/Resource$/,
    reason: 'Lambda chooses the names of the objects that it puts into the bucket.',
  },
  {
    rule: 'AwsSolutions-S1',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason:
      'Only Lambda writes to the bucket, and only an operator reads it. For an audit trail, CloudTrail data events have more detail.',
  },
  {
    rule: 'HIPAA.Security-S3BucketLoggingEnabled',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'As for AwsSolutions-S1.',
  },
  {
    rule: 'HIPAA.Security-S3BucketReplicationEnabled',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason:
      'A record stays in the bucket only until it is replayed. The current version is always in the appointments table.',
  },
  {
    rule: 'HIPAA.Security-S3BucketVersioningEnabled',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'Lambda writes each failed record as a new object and never overwrites one.',
  },
  {
    rule: 'HIPAA.Security-S3DefaultEncryptionKMS',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'S3 encrypts the bucket with its own key, or with the key in the setting encryptionKeyArn.',
  },
  {
    rule: 'HIPAA.Security-DynamoDBInBackupPlan',
    of: /\/(?:Appointments|History)\/Resource$/,
    reason:
      'Point-in-time recovery can restore any second of the last 35 days. An account that needs more adds its own backup plan.',
  },
  {
    rule: 'HIPAA.Security-CloudWatchLogGroupEncrypted',
    of: /(?:-log|\/AccessLog)\/Resource$/,
    reason:
      'CloudWatch encrypts the logs with its own key, and no log line contains patient data (test/silence.test.ts).',
  },
  {
    rule: 'HIPAA.Security-IAMNoInlinePolicy',
    of: /-role\/DefaultPolicy\/Resource$/,
    reason:
      'Each policy belongs to one function and is deleted with it. An inline policy cannot be attached to another role by mistake.',
  },
  {
    rule: 'HIPAA.Security-LambdaConcurrency',
    of: /\/[a-z-]+\/Resource$/,
    reason:
      'The stage’s throttle limits the requests. Reserved concurrency would permanently reduce what the account’s other functions can use.',
  },
  {
    rule: 'HIPAA.Security-LambdaDLQ',
    of: /\/[a-z-]+\/Resource$/,
    reason: 'A dead-letter queue is for asynchronous calls, and there are none. Failed stream records go to a bucket.',
  },
  {
    rule: 'HIPAA.Security-LambdaInsideVPC',
    of: /\/[a-z-]+\/Resource$/,
    reason:
      'The functions call only DynamoDB, EventBridge and the issuer. All have public endpoints with TLS, and require credentials.',
  },
  {
    rule: 'HIPAA.Security-SNSEncryptedKMS',
    of: /\/AlarmTopic\/Resource$/,
    reason:
      'An alarm message contains only the name and values of a metric. CloudWatch cannot publish to a topic with SNS’s own key. The setting encryptionKeyArn encrypts the topic with the owner’s key.',
  },
];

/** The accepted findings of cfn-lint. */
export const lintExceptions = [
  {
    rule: 'W3005',
    reason: 'CDK adds an explicit dependency on a role, although the reference to the role already implies it.',
  },
];
