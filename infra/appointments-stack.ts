import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpNoneAuthorizer, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { FeaturePlan, OAuthScope, ResourceServerScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  LoggingFormat,
  Function as NodeFunction,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

const scopes = { read: 'appointments/read', write: 'appointments/write' };

/** The whole service: tables, functions, HTTP API, JWT authorizer and, unless the context names another issuer, Cognito. */
export class AppointmentsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // Tables. The organization is the partition key: isolation is in the key.
    const kept = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    const appointments = new Table(this, 'Appointments', {
      ...kept,
      partitionKey: { name: 'organization_id', type: AttributeType.STRING },
      sortKey: { name: 'id', type: AttributeType.STRING },
      stream: StreamViewType.NEW_IMAGE,
    });
    appointments.addGlobalSecondaryIndex({
      indexName: 'updates',
      partitionKey: { name: 'organization_id', type: AttributeType.STRING },
      sortKey: { name: 'updated_at', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    const history = new Table(this, 'History', {
      ...kept,
      partitionKey: { name: 'appointment_key', type: AttributeType.STRING },
      sortKey: { name: 'version', type: AttributeType.NUMBER },
    });
    const appointmentsTable = { APPOINTMENTS_TABLE: appointments.tableName };
    const historyTable = { HISTORY_TABLE: history.tableName };
    const bothTables = { ...appointmentsTable, ...historyTable };

    // Routes: each with its function, its scope and its rights.
    const issuer = this.issuer();
    const api = new HttpApi(this, 'Api', { description: 'Appointments v1' });
    const route = (
      method: HttpMethod,
      path: string,
      fn: NodeFunction,
      authorizer: IHttpRouteAuthorizer,
      scope?: string,
    ) =>
      api.addRoutes({
        path,
        methods: [method],
        integration: new HttpLambdaIntegration(fn.node.id, fn),
        authorizer,
        ...(scope && { authorizationScopes: [scope] }),
      });

    const update = this.lambda('update-appointment', bothTables);
    route(HttpMethod.PUT, '/appointments/v1/{id}/{version}', update, issuer.authorizer, scopes.write);
    allow(update, appointments.tableArn, 'dynamodb:UpdateItem');
    allow(update, history.tableArn, 'dynamodb:GetItem');

    const create = this.lambda('create-appointment', bothTables);
    route(HttpMethod.POST, '/appointments/v1', create, issuer.authorizer, scopes.write);
    allow(create, appointments.tableArn, 'dynamodb:UpdateItem');
    allow(create, history.tableArn, 'dynamodb:GetItem');

    const get = this.lambda('get-appointment', appointmentsTable);
    route(HttpMethod.GET, '/appointments/v1/{id}', get, issuer.authorizer, scopes.read);
    allow(get, appointments.tableArn, 'dynamodb:GetItem');

    const readHistory = this.lambda('get-history', bothTables);
    route(HttpMethod.GET, '/appointments/v1/{id}/history', readHistory, issuer.authorizer, scopes.read);
    allow(readHistory, appointments.tableArn, 'dynamodb:GetItem');
    allow(readHistory, history.tableArn, 'dynamodb:Query');

    const scan = this.lambda('scan-updates', appointmentsTable);
    route(HttpMethod.GET, '/appointments/v1/updates/scan', scan, issuer.authorizer, scopes.read);
    allow(scan, `${appointments.tableArn}/index/updates`, 'dynamodb:Query');

    const deactivate = this.lambda('deactivate-appointment', bothTables);
    route(HttpMethod.DELETE, '/appointments/v1/{id}/{version}', deactivate, issuer.authorizer, scopes.write);
    allow(deactivate, appointments.tableArn, 'dynamodb:UpdateItem');
    allow(deactivate, history.tableArn, 'dynamodb:GetItem');

    const token = this.lambda('issue-token', issuer.environment);
    route(HttpMethod.POST, '/api/auth/v2/token', token, new HttpNoneAuthorizer());

    // History: every change of an appointment, by the table's stream. What cannot be recorded is kept whole in a bucket.
    const failedRecords = new Bucket(this, 'FailedRecords', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const record = this.lambda('record-history', historyTable);
    allow(record, history.tableArn, 'dynamodb:PutItem');
    if (!appointments.tableStreamArn) throw new Error('The table of appointments has no stream.');
    allow(
      record,
      appointments.tableStreamArn,
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
    );
    allow(record, '*', 'dynamodb:ListStreams'); // knows no resource
    allow(record, failedRecords.bucketArn, 's3:ListBucket');
    allow(record, failedRecords.arnForObjects('*'), 's3:PutObject');
    record.addEventSourceMapping('stream', {
      eventSourceArn: appointments.tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      parallelizationFactor: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: failedRecords.bucketArn }) },
    });

    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'TokenUrl', { value: `${api.apiEndpoint}/api/auth/v2/token` });
  }

  /** A function of `dist/NAME`, with a role that may write its own log and nothing else yet. */
  private lambda(name: string, environment: Record<string, string>): NodeFunction {
    const logGroup = new LogGroup(this, `${name}-log`, {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    return new NodeFunction(this, name, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(`dist/${name}`),
      handler: 'index.handler',
      memorySize: 512,
      // More than the store's time budget with its last attempt, less than API Gateway's 30 s.
      timeout: Duration.seconds(20),
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
      environment,
    });
  }

  /**
   * Who issues the tokens. Context: `issuer` and `audience` (any OIDC issuer, which then needs a `tokenUrl`); else
   * Cognito, whose token endpoint `tokenUrl` alone may replace.
   */
  private issuer(): { authorizer: IHttpRouteAuthorizer; environment: Record<string, string> } {
    const context = (name: string): string | undefined => this.node.tryGetContext(name);
    const issuer = context('issuer');
    const audience = context('audience');
    const tokenUrl = context('tokenUrl');
    if (issuer !== undefined) {
      if (audience === undefined || tokenUrl === undefined) {
        throw new Error(
          'The context names an issuer: it must name its audience and its tokenUrl too (-c audience=… -c tokenUrl=…).',
        );
      }
      return {
        authorizer: new HttpJwtAuthorizer('Issuer', issuer, { jwtAudience: [audience] }),
        environment: { TOKEN_URL: tokenUrl, AUDIENCE: audience },
      };
    }

    const pool = new UserPool(this, 'Clients', {
      featurePlan: FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: false,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const read = new ResourceServerScope({ scopeName: 'read', scopeDescription: 'Read appointments' });
    const write = new ResourceServerScope({
      scopeName: 'write',
      scopeDescription: 'Create, update and deactivate appointments',
    });
    const resourceServer = pool.addResourceServer('Scopes', { identifier: 'appointments', scopes: [read, write] });
    const client = pool.addClient('Client', {
      generateSecret: true,
      oAuth: {
        flows: { clientCredentials: true },
        scopes: [OAuthScope.resourceServer(resourceServer, read), OAuthScope.resourceServer(resourceServer, write)],
      },
    });
    // A prefix is unique among all accounts of a region: the stack's own id makes it so.
    const stackUuid = Fn.select(2, Fn.split('/', this.stackId));
    const domain = pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: Fn.join('-', ['appointments', Fn.select(4, Fn.split('-', stackUuid))]) },
    });
    new CfnOutput(this, 'UserPoolId', { value: pool.userPoolId });
    new CfnOutput(this, 'ClientId', { value: client.userPoolClientId });
    return {
      // Written out: not every emulator of CloudFormation knows the pool's attribute ProviderURL.
      authorizer: new HttpJwtAuthorizer(
        'Issuer',
        `https://cognito-idp.${this.region}.amazonaws.com/${pool.userPoolId}`,
        { jwtAudience: [client.userPoolClientId] },
      ),
      environment: { TOKEN_URL: tokenUrl ?? `${domain.baseUrl()}/oauth2/token` },
    };
  }
}

function allow(fn: NodeFunction, resource: string, ...actions: string[]): void {
  fn.addToRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
}
