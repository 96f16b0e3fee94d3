import { CfnOutput, Fn, type Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CfnStage,
  DomainName,
  type HttpApi,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { durableLog } from './function.ts';
import type { ApiRoute } from './route.ts';
import type { Settings } from './settings.ts';
import { stackSuffix } from './stack-suffix.ts';

/** One line of the access log. It has no body, header, path (which contains an appointment's id) or message of a function. */
const logLine = {
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

/** Requests per second, and burst. The account's quota for all its APIs together is 10,000 and 5,000. */
const everyRoute = { rateLimit: 2_000, burstLimit: 1_000 };
// All callers share this limit. A token costs money, counts against Cognito's quota, and is valid for an hour, so clients need few.
const tokenRoute = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 };

/** Adds the `$default` stage with its access log, its throttles and, if the settings have one, its custom domain. */
export function addDefaultStage(stack: Stack, api: HttpApi, token: ApiRoute, settings: Settings): LogGroup {
  const accessLog = new LogGroup(stack, 'AccessLog', {
    ...durableLog,
    // With another prefix, each API would add to the region's one resource policy for logs, whose size is limited.
    logGroupName: Fn.join('-', [`/aws/vendedlogs/${stack.stackName}`, stackSuffix(stack)]),
  });
  const stage = new HttpStage(api, 'DefaultStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: everyRoute,
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLog),
      format: AccessLogFormat.custom(JSON.stringify(logLine)),
    },
  });
  const { defaultChild } = stage.node;
  if (!(defaultChild instanceof CfnStage)) throw new Error('The stage is not a CfnStage.');
  defaultChild.routeSettings = { [token.key]: tokenRoute };
  // API Gateway rejects settings of a route that does not exist yet.
  stage.node.addDependency(...token.httpRoutes);
  addDomain(stack, api, stage, settings);
  return accessLog;
}

function addDomain(stack: Stack, api: HttpApi, stage: HttpStage, { domainName: name, certificateArn }: Settings): void {
  if (name === undefined || certificateArn === undefined) return;
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', certificateArn);
  const domainName = new DomainName(stack, 'DomainName', { domainName: name, certificate });
  new ApiMapping(stack, 'DomainMapping', { api, domainName, stage });
  new CfnOutput(stack, 'DomainTarget', { value: domainName.regionalDomainName });
}
