/** A rule that does not hold for this stack, by the end of the paths that it does not hold for, and why that is right. */
export type Exception = { readonly rule: string; readonly of: RegExp; readonly reason: string };

/** Every finding of cdk-nag's packs AwsSolutions and HIPAA Security that is accepted. One row a rule. */
export const exceptions: readonly Exception[] = [
  {
    rule: 'AwsSolutions-COG1',
    of: /\/Clients\/Resource$/,
    reason: 'The pool has clients and no users: nobody signs in with a password, and nobody can sign up.',
  },
  {
    rule: 'AwsSolutions-COG2',
    of: /\/Clients\/Resource$/,
    reason: 'The pool has clients and no users who could have a second factor.',
  },
  {
    rule: 'AwsSolutions-COG8',
    of: /\/Clients\/Resource$/,
    reason: 'The Plus plan protects users who sign in. Essentials is the plan that claims in client tokens need.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    of: /\/POST--api--auth--v2--token\/Resource$/,
    reason: 'The token route is where a client gets what the authorizer asks for.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    of: /\/(?:record-history|publish-changes)-role\/DefaultPolicy\/Resource$/,
    reason: 'dynamodb:ListStreams knows no resource.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<FailedRecordsDEC8AD7E.Arn>/*]',
    of: /\/record-history-role\/DefaultPolicy\/Resource$/,
    reason: 'Lambda names the objects that it puts into the bucket of failed records.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<FailedEventsA83487DA.Arn>/*]',
    of: /\/publish-changes-role\/DefaultPolicy\/Resource$/,
    reason: 'As for the bucket of record-history.',
  },
  {
    rule: 'AwsSolutions-S1',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'Only Lambda writes there, and only an operator reads: CloudTrail data events, where wanted, say more.',
  },
  {
    rule: 'HIPAA.Security-S3BucketLoggingEnabled',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'As AwsSolutions-S1.',
  },
  {
    rule: 'HIPAA.Security-S3BucketReplicationEnabled',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'A record is there until it is replayed; the appointments table has its current version all the while.',
  },
  {
    rule: 'HIPAA.Security-S3BucketVersioningEnabled',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'Each failed record is a new object; none is ever written over.',
  },
  {
    rule: 'HIPAA.Security-S3DefaultEncryptionKMS',
    of: /\/Failed(?:Records|Events)\/Resource$/,
    reason: 'Encrypted with a key of S3. The setting encryptionKeyArn encrypts with the owner’s key.',
  },
  {
    rule: 'HIPAA.Security-DynamoDBInBackupPlan',
    of: /\/(?:Appointments|History)\/Resource$/,
    reason: 'Point-in-time recovery keeps every second of 35 days. Longer keeping is a plan of the account’s.',
  },
  {
    rule: 'HIPAA.Security-CloudWatchLogGroupEncrypted',
    of: /(?:-log|\/AccessLog)\/Resource$/,
    reason: 'CloudWatch encrypts with a key of its own, and no log line holds a patient’s data (test/silence.test.ts).',
  },
  {
    rule: 'HIPAA.Security-IAMNoInlinePolicy',
    of: /-role\/DefaultPolicy\/Resource$/,
    reason: 'Each policy is of one function, and goes with it; nobody else can be given it by mistake.',
  },
  {
    rule: 'HIPAA.Security-LambdaConcurrency',
    of: /\/[a-z-]+\/Resource$/,
    reason:
      'The stage’s throttle bounds the requests; reserved concurrency would take it from the account’s pool for good.',
  },
  {
    rule: 'HIPAA.Security-LambdaDLQ',
    of: /\/[a-z-]+\/Resource$/,
    reason: 'A dead-letter queue is for asynchronous calls, and there are none. The stream’s mapping has its bucket.',
  },
  {
    rule: 'HIPAA.Security-LambdaInsideVPC',
    of: /\/[a-z-]+\/Resource$/,
    reason:
      'The functions talk to DynamoDB, EventBridge and the issuer only, all public endpoints with TLS and signed requests.',
  },
  {
    rule: 'HIPAA.Security-SNSEncryptedKMS',
    of: /\/AlarmTopic\/Resource$/,
    reason:
      'An alarm contains a metric’s name and number. CloudWatch cannot publish through SNS’s own key; encryptionKeyArn sets the owner’s.',
  },
];

/** Findings of cfn-lint that are accepted. */
export const lintExceptions = [
  { rule: 'W3005', reason: 'CDK writes out a dependency on a role that the reference to it says already.' },
];
