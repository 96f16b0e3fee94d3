import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpNoneAuthorizer, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { FeaturePlan, OAuthScope, ResourceServerScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  LoggingFormat,
  MetricType,
  Function as NodeFunction,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { clientsOf } from './clients.ts';
import { addClients } from './cognito-clients.ts';
import { addDefaultStage } from './default-stage.ts';
import { addOperations } from './operations.ts';
import type { Route } from './route.ts';
import { addTables } from './tables.ts';

/** MB of memory, by the model in the README: it buys a share of a CPU, which is what a caller waits for after a start. */
const memorySize = { callerWaits: 1_024, nobodyWaits: 256 };

const scopes = { read: 'appointments/read', write: 'appointments/write' };

/** The whole service: tables, functions, HTTP API, JWT authorizer and, unless the context names another issuer, Cognito. */
export class AppointmentsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const { appointments, history, streamArn } = addTables(this);
    const appointmentsTable = { APPOINTMENTS_TABLE: appointments.tableName };
    const historyTable = { HISTORY_TABLE: history.tableName };
    const bothTables = { ...appointmentsTable, ...historyTable };

    // Routes: each with its function, its scope and its rights.
    const issuer = this.issuer();
    const api = new HttpApi(this, 'Api', { description: 'Appointments v1', createDefaultStage: false });
    const routes: Route[] = [];
    const route = (
      method: HttpMethod,
      path: string,
      fn: NodeFunction,
      authorizer: IHttpRouteAuthorizer,
      scope?: string,
    ): Route => {
      const built = api.addRoutes({
        path,
        methods: [method],
        integration: new HttpLambdaIntegration(fn.node.id, fn),
        authorizer,
        ...(scope && { authorizationScopes: [scope] }),
      });
      const one = { key: `${method} ${path}`, fn, built };
      routes.push(one);
      return one;
    };

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
    const tokenRoute = route(HttpMethod.POST, '/api/auth/v2/token', token, new HttpNoneAuthorizer());
    const accessLog = addDefaultStage(api, tokenRoute);

    // History: every change of an appointment, by the table's stream. What cannot be recorded is kept whole in a bucket.
    const failedRecords = new Bucket(this, 'FailedRecords', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const record = this.lambda('record-history', historyTable, memorySize.nobodyWaits);
    allow(record, history.tableArn, 'dynamodb:PutItem');
    allow(record, streamArn, 'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator');
    allow(record, '*', 'dynamodb:ListStreams'); // knows no resource
    allow(record, failedRecords.bucketArn, 's3:ListBucket');
    allow(record, failedRecords.arnForObjects('*'), 's3:PutObject');
    const stream = record.addEventSourceMapping('stream', {
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
    addOperations(this, { api, routes, accessLog, record, stream, appointments, history });

    new CfnOutput(this, 'FailedRecordsBucket', { value: failedRecords.bucketName });
    new CfnOutput(this, 'RecordHistoryFunction', { value: record.functionName });
    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'TokenUrl', { value: `${api.apiEndpoint}/api/auth/v2/token` });
  }

  /** A function of `dist/NAME`, with a role that may write its own log and nothing else yet. */
  private lambda(name: string, environment: Record<string, string>, megabytes = memorySize.callerWaits): NodeFunction {
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
      memorySize: megabytes,
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
    const mayRead = OAuthScope.resourceServer(resourceServer, read);
    const mayWrite = OAuthScope.resourceServer(resourceServer, write);
    const clients = addClients(
      pool,
      clientsOf(this.node.tryGetContext('clients')),
      { read: [mayRead], 'read-write': [mayRead, mayWrite] },
      () => this.lambda('set-organization-claim', {}),
    );
    // A prefix is unique among all accounts of a region: the stack's own id makes it so.
    const stackUuid = Fn.select(2, Fn.split('/', this.stackId));
    const domain = pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: Fn.join('-', ['appointments', Fn.select(4, Fn.split('-', stackUuid))]) },
    });
    new CfnOutput(this, 'UserPoolId', { value: pool.userPoolId });
    new CfnOutput(this, 'ClientId', { value: clients[0].userPoolClientId });
    return {
      // Written out: not every emulator of CloudFormation knows the pool's attribute ProviderURL.
      authorizer: new HttpJwtAuthorizer(
        'Issuer',
        `https://cognito-idp.${this.region}.amazonaws.com/${pool.userPoolId}`,
        { jwtAudience: clients.map(({ userPoolClientId }) => userPoolClientId) },
      ),
      environment: { TOKEN_URL: tokenUrl ?? `${domain.baseUrl()}/oauth2/token` },
    };
  }
}

function allow(fn: NodeFunction, resource: string, ...actions: string[]): void {
  fn.addToRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
}
