import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CfnStage, type HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Route } from './route.ts';

/** What one line of the access log says; never a body, a header, a path, which holds an appointment's id, or a function's words. */
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

/** Requests a second, and how many at once above that. The account's quota for all its APIs is 10,000 and 5,000. */
const everyRoute = { rateLimit: 2_000, burstLimit: 1_000 };
// Each token costs money and counts against Cognito's quota; it lives an hour, so that few are needed.
const tokenRoute = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };

/** The `$default` stage with its access log and its throttles. */
export function addDefaultStage(api: HttpApi, token: Route): LogGroup {
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
  if (!(defaultChild instanceof CfnStage)) throw new Error('The stage is no CfnStage.');
  defaultChild.routeSettings = { [token.key]: tokenRoute };
  // API Gateway refuses settings of a route that is not there yet.
  stage.node.addDependency(...token.built);
  return accessLog;
}
