import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CfnStage, type HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ApiRoute } from './route.ts';

/** One line of the access log. It never contains a body, a header, a path (which contains an appointment's id) or a function's message. */
const line = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latency: '$context.responseLatency',
  organization: '$context.authorizer.claims.organization_id',
  client: '$context.authorizer.claims.client_id',
  authorizerError: '$context.authorizer.error',
  lambdaStatus: '$context.integration.integrationStatus',
};

/** Requests per second, and burst. The account's quota for all its APIs is 10,000 and 5,000. */
const everyRoute = { rateLimit: 2_000, burstLimit: 1_000 };
// Each token costs money and counts against Cognito's quota. It is valid for an hour, so clients need few.
const tokenRoute = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };

/** The `$default` stage with its access log and throttles. */
export function addDefaultStage(api: HttpApi, token: ApiRoute): LogGroup {
  const accessLog = new LogGroup(api.stack, 'AccessLog', {
    retention: RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const stage = new HttpStage(api, 'DefaultStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: everyRoute,
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: AccessLogFormat.custom(JSON.stringify(line)),
    },
  });
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof CfnStage)) throw new Error('The stage is not a CfnStage.');
  defaultChild.routeSettings = { [token.key]: tokenRoute };
  // API Gateway rejects settings of a route that does not exist yet.
  stage.node.addDependency(...token.httpRoutes);
  return accessLog;
}
