import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AppointmentsStack } from '../../infra/appointments-stack.ts';
import type { Settings } from '../../infra/stack/settings.ts';

/** Calls `use` with an app whose output folder is deleted afterwards. */
function withApp<T>(use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'appointments-template-'));
  const context = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-path-metadata': true };
  try {
    return use(new App({ outdir, context }));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function synthesize(settings: Settings = {}, stackName = 'Appointments'): Template {
  return withApp((app) => Template.fromStack(new AppointmentsStack(app, stackName, settings)));
}

const template = synthesize();

/** The headings of infra/README.md, and the first cell of each table row in it. */
const document = readFileSync('infra/README.md', 'utf8');
const headings = [...document.matchAll(/^##+ (.+)$/gm)].map(([, heading]) => heading);
const rows = [...document.matchAll(/^\| `?([^|`]+)`? \|/gm)].map(([, cell]) => cell);

/** The name in the stack of the resource with this logical id. A pseudo parameter keeps its name. */
function nameOf(logicalId: string, of = template): string {
  const path: string = of.toJSON().Resources[logicalId]?.Metadata['aws:cdk:path'] ?? logicalId;
  return path.replace(/^Appointments\/(.*)\/Resource$/, '$1');
}

/** An intrinsic function in readable form: `History.Arn`, `FailedRecords.Arn/*`. */
function readable(value: unknown, of = template): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return nameOf(String(value.Ref), of);
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
    const [logicalId, attribute] = value['Fn::GetAtt'];
    return `${nameOf(logicalId, of)}.${attribute}`;
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map((part: unknown) => readable(part, of)).join(separator);
  }
  return JSON.stringify(value);
}

/** The conditions of a statement: `aws:SourceAccount StringEquals AWS::AccountId`. */
function condition(conditions: object): string {
  const tests = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => `${key} ${operator} ${readable(value)}`),
  );
  return tests.sort().join(' and ');
}

/** The properties of all resources of a type, by their name in the stack. */
function propertiesOf(type: string, of = template) {
  const resources = Object.entries(of.findResources(type));
  return Object.fromEntries(resources.map(([logicalId, { Properties }]) => [nameOf(logicalId, of), Properties]));
}

/** The permissions of the functions: `get-appointment: dynamodb:GetItem on Appointments.Arn`. */
function permissions(of = template): string[] {
  const policies = Object.values(of.findResources('AWS::IAM::Policy'));
  const lines = policies.flatMap(({ Properties: { PolicyDocument, Roles } }) =>
    PolicyDocument.Statement.flatMap(({ Effect, Action, Resource, Condition }: Record<string, unknown>) => {
      expect(Effect).toBe('Allow');
      const when = Condition ? ` when ${condition(Condition)}` : '';
      const names = Roles.map((role: unknown) => readable(role, of).replace(/-role$/, ''));
      const on = [Resource].flat().map((resource) => readable(resource, of));
      return [Action].flat().flatMap((action) => on.map((resource) => `${names}: ${action} on ${resource}${when}`));
    }),
  );
  return lines.sort();
}

describe('the tables', () => {
  it('have the appointment with its organization as partition key, and the history the version as sort key', () => {
    const keys = Object.entries(propertiesOf('AWS::DynamoDB::Table')).map(
      ([name, { KeySchema, AttributeDefinitions }]) => [
        name,
        KeySchema.map(({ AttributeName, KeyType }: Record<string, string>) => `${KeyType} ${AttributeName}`),
        AttributeDefinitions.map(
          ({ AttributeName, AttributeType }: Record<string, string>) => `${AttributeName} ${AttributeType}`,
        ).sort(),
      ],
    );
    expect(keys).toEqual([
      ['Appointments', ['HASH appointment_key'], ['appointment_key S', 'feed_key S', 'updated_at S']],
      ['History', ['HASH appointment_key', 'RANGE version'], ['appointment_key S', 'version N']],
    ]);
  });

  it('are on demand, support point-in-time recovery, and outlive the stack', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
      }),
    });
  });

  it('stream the old and the new image of each change of an appointment', () => {
    const tables = propertiesOf('AWS::DynamoDB::Table');
    expect(tables.Appointments.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    expect(tables.History).not.toHaveProperty('StreamSpecification');
  });

  it('have one index: the keys of the changes in each shard of an organization, by time', () => {
    const tables = propertiesOf('AWS::DynamoDB::Table');
    expect(tables.Appointments.GlobalSecondaryIndexes).toEqual([
      {
        IndexName: 'updates',
        KeySchema: [
          { AttributeName: 'feed_key', KeyType: 'HASH' },
          { AttributeName: 'updated_at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
    expect(tables.History).not.toHaveProperty('GlobalSecondaryIndexes');
  });
});

describe('the routes', () => {
  it('are these, each with its function, authorization, and scope', () => {
    const integrations = template.findResources('AWS::ApiGatewayV2::Integration');
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => {
      const { RouteKey, Target, AuthorizationType, AuthorizationScopes = [] } = Properties;
      const integration = integrations[Target['Fn::Join'][1].at(-1).Ref];
      expect(integration?.Properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
      return [RouteKey, readable(integration?.Properties.IntegrationUri), AuthorizationType, ...AuthorizationScopes];
    });
    expect(routes.sort()).toEqual([
      ['DELETE /appointments/v1/{id}/{version}', 'deactivate-appointment.Arn', 'JWT', 'appointments/write'],
      ['GET /appointments/v1/updates/scan', 'scan-updates.Arn', 'JWT', 'appointments/read'],
      ['GET /appointments/v1/{id}', 'get-appointment.Arn', 'JWT', 'appointments/read'],
      ['GET /appointments/v1/{id}/history', 'get-history.Arn', 'JWT', 'appointments/read'],
      ['POST /api/auth/v2/token', 'issue-token.Arn', 'NONE'],
      ['POST /appointments/v1', 'create-appointment.Arn', 'JWT', 'appointments/write'],
      ['PUT /appointments/v1/{id}/{version}', 'update-appointment.Arn', 'JWT', 'appointments/write'],
    ]);
  });

  it('accept the tokens of the user pool for its client', () => {
    const [authorizer] = Object.values(template.findResources('AWS::ApiGatewayV2::Authorizer'));
    const { AuthorizerType, IdentitySource, JwtConfiguration } = authorizer?.Properties ?? {};
    expect({ AuthorizerType, IdentitySource }).toEqual({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
    });
    expect(readable(JwtConfiguration.Issuer)).toBe('https://cognito-idp.AWS::Region.amazonaws.com/Clients');
    expect(JwtConfiguration.Audience.map((each: unknown) => readable(each))).toEqual(['Clients/Client']);
  });

  it('allow the gateway to call each function only for its own route', () => {
    const ofGateway = { Properties: { Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' } };
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission', ofGateway)).map(
      ({ Properties }) => `${readable(Properties.FunctionName)} ${readable(Properties.SourceArn).split(':').at(-1)}`,
    );
    expect(permissions.sort()).toEqual([
      'create-appointment.Arn Api/*/*/appointments/v1',
      'deactivate-appointment.Arn Api/*/*/appointments/v1/{id}/{version}',
      'get-appointment.Arn Api/*/*/appointments/v1/{id}',
      'get-history.Arn Api/*/*/appointments/v1/{id}/history',
      'issue-token.Arn Api/*/*/api/auth/v2/token',
      'scan-updates.Arn Api/*/*/appointments/v1/updates/scan',
      'update-appointment.Arn Api/*/*/appointments/v1/{id}/{version}',
    ]);
  });
});

describe('the functions', () => {
  const functions = propertiesOf('AWS::Lambda::Function');

  it('are one for each handler, on ARM with Node 24, each with a separate role', () => {
    expect(Object.keys(functions).sort()).toEqual([
      'create-appointment',
      'deactivate-appointment',
      'get-appointment',
      'get-history',
      'issue-token',
      'record-history',
      'scan-updates',
      'set-organization-claim',
      'update-appointment',
    ]);
    for (const [name, { Role, ...properties }] of Object.entries(functions)) {
      expect(readable(Role)).toBe(`${name}-role.Arn`);
      expect(properties).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x', Handler: 'index.handler' });
    }
  });

  it('have 1,024 MB if a caller waits for them, and 256 MB otherwise', () => {
    const { 'record-history': background, ...interactive } = functions;
    expect(background?.MemorySize).toBe(256);
    expect(Object.values(interactive).map(({ MemorySize }) => MemorySize)).toEqual(Array(8).fill(1_024));
  });

  it('have the longest timeout that API Gateway supports', () => {
    const integrations = Object.values(template.findResources('AWS::ApiGatewayV2::Integration'));
    expect(integrations.length).toBeGreaterThan(0);
    for (const { Properties } of integrations) expect(Properties.TimeoutInMillis ?? 30_000).toBe(30_000);
  });

  it('time out before API Gateway does (30 s), and after the store does', () => {
    for (const { Timeout } of Object.values(functions)) {
      expect(Timeout).toBeLessThan(30);
      expect(Timeout).toBeGreaterThan(10);
    }
  });

  it('log JSON, each to a separate group that keeps it for a year and outlives the stack', () => {
    const groups = propertiesOf('AWS::Logs::LogGroup');
    for (const [name, { LoggingConfig }] of Object.entries(functions)) {
      expect(LoggingConfig.LogFormat).toBe('JSON');
      expect(readable(LoggingConfig.LogGroup)).toBe(`${name}-log`);
      expect(groups[`${name}-log`]).toEqual({ RetentionInDays: 365 });
    }
    template.allResources('AWS::Logs::LogGroup', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('have exactly these permissions', () => {
    const logged = Object.keys(functions).flatMap((name) => [
      `${name}: logs:CreateLogStream on ${name}-log.Arn`,
      `${name}: logs:PutLogEvents on ${name}-log.Arn`,
    ]);
    expect(permissions()).toEqual(
      [
        'update-appointment: dynamodb:UpdateItem on Appointments.Arn',
        'update-appointment: dynamodb:GetItem on History.Arn',
        'create-appointment: dynamodb:UpdateItem on Appointments.Arn',
        'create-appointment: dynamodb:GetItem on History.Arn',
        'get-appointment: dynamodb:GetItem on Appointments.Arn',
        'get-history: dynamodb:GetItem on Appointments.Arn',
        'get-history: dynamodb:Query on History.Arn',
        'scan-updates: dynamodb:Query on Appointments.Arn/index/updates',
        'scan-updates: dynamodb:BatchGetItem on Appointments.Arn',
        'deactivate-appointment: dynamodb:UpdateItem on Appointments.Arn',
        'deactivate-appointment: dynamodb:GetItem on History.Arn',
        'record-history: dynamodb:PutItem on History.Arn',
        'record-history: dynamodb:DescribeStream on Appointments.StreamArn',
        'record-history: dynamodb:GetRecords on Appointments.StreamArn',
        'record-history: dynamodb:GetShardIterator on Appointments.StreamArn',
        'record-history: dynamodb:ListStreams on *',
        'record-history: s3:ListBucket on FailedRecords.Arn when s3:ResourceAccount StringEquals AWS::AccountId',
        'record-history: s3:PutObject on FailedRecords.Arn/* when s3:ResourceAccount StringEquals AWS::AccountId',
        ...logged,
      ].sort(),
    );
  });

  it('have no permissions from other policies', () => {
    for (const role of Object.values(propertiesOf('AWS::IAM::Role'))) {
      expect(Object.keys(role)).toEqual(['AssumeRolePolicyDocument']);
    }
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
    template.resourceCountIs('AWS::IAM::Role', Object.keys(functions).length);
  });
});

describe('the history', () => {
  it('reads the stream from its beginning, and sends failed records to a bucket', () => {
    const [mapping] = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
    const { EventSourceArn, FunctionName, DestinationConfig, ...settings } = mapping?.Properties ?? {};
    expect(
      [EventSourceArn, FunctionName, DestinationConfig.OnFailure.Destination].map((each) => readable(each)),
    ).toEqual(['Appointments.StreamArn', 'record-history', 'FailedRecords.Arn']);
    expect(settings).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    });
  });

  it('keeps failed records for 90 days in a private, encrypted bucket that outlives the stack', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90, Status: 'Enabled' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    });
  });
});

describe('the alarms', () => {
  it('publish to a topic that accepts only the account’s alarms, and only over TLS', () => {
    const [policy] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    const statements = policy?.Properties.PolicyDocument.Statement.map((each: Record<string, object>) => {
      const { Effect, Principal = {}, Action, Condition = {} } = each;
      return `${Effect} ${Object.values(Principal)}: ${Action} when ${condition(Condition)}`;
    });
    expect(statements).toEqual([
      'Deny *: sns:Publish when aws:SecureTransport Bool false',
      'Allow cloudwatch.amazonaws.com: sns:Publish when ' +
        'aws:SourceAccount StringEquals AWS::AccountId and ' +
        'aws:SourceArn ArnLike arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:*',
    ]);
    for (const { AlarmActions, OKActions } of Object.values(propertiesOf('AWS::CloudWatch::Alarm'))) {
      expect([...AlarmActions, ...OKActions].map((each) => readable(each))).toEqual(['AlarmTopic', 'AlarmTopic']);
    }
  });

  it('evaluate a percentile even for fewer than 1,000 requests', () => {
    const percentiles = Object.values(propertiesOf('AWS::CloudWatch::Alarm')).filter((each) => each.ExtendedStatistic);
    expect(percentiles.map((each) => each.EvaluateLowSampleCountPercentile)).toEqual(['evaluate']);
  });

  it('start if versions are written but record-history never runs', () => {
    const { HistoryStoppedAlarm: alarm } = propertiesOf('AWS::CloudWatch::Alarm');
    const [rule, written, runs] = alarm.Metrics;
    expect(rule.Expression).toBe('IF(FILL(written, 0) > 0 AND FILL(runs, 0) == 0, 1, 0)');
    expect(written).toMatchObject({ Id: 'written', MetricStat: { Metric: { MetricName: 'Written' } } });
    expect(runs).toMatchObject({ Id: 'runs', MetricStat: { Metric: { MetricName: 'Invocations' } } });
    expect(readable(runs.MetricStat.Metric.Dimensions[0].Value)).toBe('record-history');
    expect(propertiesOf('AWS::Logs::MetricFilter').Written.FilterPattern).toBe(
      '{ ($.status = "200") && (($.route = "PUT /appointments/v1/{id}/{version}") || ' +
        '($.route = "POST /appointments/v1") || ($.route = "DELETE /appointments/v1/{id}/{version}")) }',
    );
  });

  it('name the section of infra/README.md that explains them', () => {
    const alarms = Object.values(propertiesOf('AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(7);
    for (const { AlarmDescription } of alarms) {
      const [, section, name] = /infra\/README\.md: (.+), (.+)$/.exec(AlarmDescription) ?? [];
      expect(headings).toContain(section);
      expect(rows).toContain(name);
    }
  });
});

describe('the access log', () => {
  it('contains no body, no header, no path, and no text of a function', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    expect(JSON.parse(stage?.Properties.AccessLogSettings.Format)).toEqual({
      requestId: '$context.requestId',
      time: '$context.requestTime',
      route: '$context.routeKey',
      status: '$context.status',
      latency: '$context.responseLatency',
      organization: '$context.authorizer.claims.organization_id',
      client: '$context.authorizer.claims.client_id',
      authorizerError: '$context.authorizer.error',
      lambdaStatus: '$context.integration.integrationStatus',
    });
  });

  it('goes to a group of this stack, with the prefix of vended logs', () => {
    const { LogGroupName } = propertiesOf('AWS::Logs::LogGroup').AccessLog;
    const [separator, [name, suffix]] = LogGroupName['Fn::Join'];
    expect([separator, name]).toEqual(['-', '/aws/vendedlogs/Appointments']);
    expect(JSON.stringify(suffix)).toContain('AWS::StackId');
  });

  it('feeds metrics by status, with the route as their only dimension', () => {
    const filters = Object.values(template.findResources('AWS::Logs::MetricFilter')).map(
      ({ Properties }) => Properties,
    );
    expect(filters.length).toBeGreaterThan(0);
    for (const { FilterPattern, MetricTransformations } of filters) {
      for (const [, field] of FilterPattern.matchAll(/\$\.(\w+)/g)) expect(['status', 'route']).toContain(field);
      for (const { Dimensions = [] } of MetricTransformations) {
        for (const { Value } of Dimensions) expect(Value).toBe('$.route');
      }
    }
  });
});

describe('the name of the stack', () => {
  it('separates environments in one account: in the API, the access log, and the metrics', () => {
    const staging = synthesize({}, 'Appointments-staging');
    staging.hasResourceProperties('AWS::ApiGatewayV2::Api', { Name: 'Appointments-staging' });
    expect(JSON.stringify(staging.toJSON())).toContain('"/aws/vendedlogs/Appointments-staging"');
    for (const { Properties } of Object.values(staging.findResources('AWS::Logs::MetricFilter'))) {
      expect(Properties.MetricTransformations[0].MetricNamespace).toBe('Appointments-staging');
    }
  });
});

describe('the outputs', () => {
  const log = (name: string) => `${name}-log`;

  it('are the URLs of the API and its tokens, the user pool and client, and what an operator needs', () => {
    const outputs = Object.entries(template.findOutputs('*')).map(([name, { Value }]) => [name, readable(Value)]);
    expect(Object.fromEntries(outputs)).toEqual({
      ApiUrl: 'Api.ApiEndpoint',
      TokenUrl: 'Api.ApiEndpoint/api/auth/v2/token',
      UserPoolId: 'Clients',
      ClientId: 'Clients/Client',
      AppointmentsTable: 'Appointments',
      HistoryTable: 'History',
      WritingFunctions: 'update-appointment create-appointment deactivate-appointment',
      RecordHistoryFunction: 'record-history',
      FailedRecordsBucket: 'FailedRecords',
      AlarmTopicArn: 'AlarmTopic',
      AccessLogGroup: 'AccessLog',
      FunctionLogGroups: [
        'set-organization-claim',
        'update-appointment',
        'create-appointment',
        'get-appointment',
        'get-history',
        'scan-updates',
        'deactivate-appointment',
        'issue-token',
        'record-history',
      ]
        .map(log)
        .join(' '),
    });
  });

  it('are all documented in infra/README.md', () => {
    const outputs = { ...template.findOutputs('*'), ...synthesize({ ...domain, events: true }).findOutputs('*') };
    for (const name of Object.keys(outputs)) expect(rows).toContain(name);
  });
});

const domain = {
  domainName: 'appointments.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/1',
};
const encryptionKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012';

describe('the settings', () => {
  const other = {
    issuer: 'https://issuer.example.com/',
    audience: 'aud',
    tokenUrl: 'https://issuer.example.com/token',
  };
  const tokenEnvironment = (of: Template) =>
    propertiesOf('AWS::Lambda::Function', of)['issue-token'].Environment.Variables;

  it('protect the stack from deletion', () => {
    const isProtected = (settings: Settings) =>
      withApp((app) => new AppointmentsStack(app, 'Appointments', settings).terminationProtection);
    expect(isProtected({ terminationProtection: true })).toBe(true);
    expect(isProtected({})).toBe(false);
  });

  it('give the stack a custom domain, and output the target of its DNS record', () => {
    const withDomain = synthesize(domain);
    withDomain.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: domain.domainName,
      DomainNameConfigurations: [{ CertificateArn: domain.certificateArn, EndpointType: 'REGIONAL' }],
    });
    const [mapping] = Object.values(propertiesOf('AWS::ApiGatewayV2::ApiMapping', withDomain));
    expect([nameOf(mapping.ApiId.Ref), nameOf(mapping.DomainName.Ref, withDomain), mapping.Stage]).toEqual([
      'Api',
      'DomainName',
      '$default',
    ]);
    const target = withDomain.findOutputs('DomainTarget').DomainTarget?.Value['Fn::GetAtt'];
    expect([nameOf(target[0], withDomain), target[1]]).toEqual(['DomainName', 'RegionalDomainName']);
    template.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
  });

  it('encrypt the tables, the bucket, and the topic with a customer managed key', () => {
    const encrypted = synthesize({ encryptionKeyArn });
    encrypted.allResourcesProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: encryptionKeyArn },
    });
    encrypted.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: encryptionKeyArn },
          },
        ],
      },
    });
    encrypted.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: encryptionKeyArn });
    encrypted.resourceCountIs('AWS::KMS::Key', 0);
  });

  it('add change events: a bus, a second reader of the stream with its bucket, and alarms', () => {
    const withEvents = synthesize({ events: true });
    const added = Object.keys(withEvents.toJSON().Resources)
      .filter((id) => !(id in template.toJSON().Resources))
      .map((id) => `${withEvents.toJSON().Resources[id].Type} ${nameOf(id, withEvents)}`);
    expect(added.sort()).toEqual([
      'AWS::CloudWatch::Alarm DroppedEventAlarm',
      'AWS::CloudWatch::Alarm EventsLateAlarm',
      'AWS::CloudWatch::Alarm EventsStoppedAlarm',
      'AWS::CloudWatch::Alarm FailedEventAlarm',
      'AWS::Events::EventBus ChangeEvents',
      'AWS::IAM::Policy publish-changes-role/DefaultPolicy',
      'AWS::IAM::Role publish-changes-role',
      'AWS::Lambda::EventSourceMapping publish-changes/stream',
      'AWS::Lambda::Function publish-changes',
      'AWS::Logs::LogGroup publish-changes-log',
      'AWS::S3::Bucket FailedEvents',
      'AWS::S3::BucketPolicy FailedEvents/Policy',
    ]);
    const { 'record-history/stream': recorder, 'publish-changes/stream': publisher } = propertiesOf(
      'AWS::Lambda::EventSourceMapping',
      withEvents,
    );
    expect({ ...publisher, DestinationConfig: null, FunctionName: null }).toEqual({
      ...recorder,
      DestinationConfig: null,
      FunctionName: null,
    });
    expect(
      permissions(withEvents).filter((permission) => /publish-changes: (?:events|dynamodb|s3):/.test(permission)),
    ).toEqual([
      'publish-changes: dynamodb:DescribeStream on Appointments.StreamArn',
      'publish-changes: dynamodb:GetRecords on Appointments.StreamArn',
      'publish-changes: dynamodb:GetShardIterator on Appointments.StreamArn',
      'publish-changes: dynamodb:ListStreams on *',
      'publish-changes: events:PutEvents on ChangeEvents.Arn',
      'publish-changes: s3:ListBucket on FailedEvents.Arn when s3:ResourceAccount StringEquals AWS::AccountId',
      'publish-changes: s3:PutObject on FailedEvents.Arn/* when s3:ResourceAccount StringEquals AWS::AccountId',
    ]);
    for (const { AlarmDescription } of Object.values(propertiesOf('AWS::CloudWatch::Alarm', withEvents))) {
      const [, name] = /infra\/README\.md: Alarms, (.+)$/.exec(AlarmDescription) ?? [];
      expect(rows).toContain(name);
    }
  });

  it('change nothing if events is false', () => {
    expect(synthesize({ events: false }).toJSON()).toEqual(template.toJSON());
    expect(JSON.stringify(template.toJSON())).not.toMatch(/events:|publish-changes|AWS::Events/);
  });

  it('point to the key policy in infra/README.md during a deployment', () => {
    const messages = withApp((app) => {
      const stack = new AppointmentsStack(app, 'Appointments', { encryptionKeyArn });
      return app
        .synth()
        .getStackArtifact(stack.artifactId)
        .messages.map(({ entry }) => String(entry.data));
    });
    expect(messages).toEqual([expect.stringContaining('infra/README.md, "Encryption key"')]);
    expect(headings).toContain('Encryption key');
  });

  it('replace Cognito with another issuer', () => {
    const others = synthesize(other);
    others.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: other.issuer, Audience: [other.audience] },
    });
    expect(tokenEnvironment(others)).toEqual({ TOKEN_URL: other.tokenUrl, AUDIENCE: other.audience });
    expect(JSON.stringify(others.toJSON())).not.toMatch(/cognito/i);
    expect(others.findOutputs('*')).not.toHaveProperty('UserPoolId');
    expect(others.findOutputs('*')).not.toHaveProperty('ClientId');
  });

  it('can replace only the token endpoint', () => {
    const elsewhere = synthesize({ tokenUrl: other.tokenUrl });
    expect(tokenEnvironment(elsewhere)).toEqual({ TOKEN_URL: other.tokenUrl });
    const text = (of: Template) => JSON.stringify(of.toJSON());
    const usual = JSON.stringify(tokenEnvironment(template).TOKEN_URL);
    expect(text(elsewhere)).toBe(text(template).replace(usual, JSON.stringify(other.tokenUrl)));
  });

  it("use Cognito's token endpoint by default", () => {
    const { TOKEN_URL, ...others } = tokenEnvironment(template);
    expect(others).toEqual({});
    expect(readable(TOKEN_URL)).toBe('https://Clients/Domain.auth.AWS::Region.amazoncognito.com/oauth2/token');
  });
});
