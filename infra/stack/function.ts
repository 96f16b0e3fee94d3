import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, LoggingFormat, Function as NodeFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Actions that a function may take on a resource, under conditions. */
export type Permission = {
  readonly actions: readonly string[];
  readonly resource: string;
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** MB of memory, chosen with the model in test/README.md. More memory is a larger share of a CPU, and so a shorter cold start. */
const memorySizes = { interactive: 1_024, background: 256 };

/** A log is kept for a year, even after the stack is deleted. If the first deployment fails, its logs are deleted. */
export const durableLog = {
  retention: RetentionDays.ONE_YEAR,
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};

/** Adds the function in `dist/NAME`. Its role may write its own log and use `permissions`, nothing else. */
export function addFunction(
  scope: Construct,
  name: string,
  environment: Readonly<Record<string, string>>,
  permissions: readonly Permission[],
  memory: keyof typeof memorySizes = 'interactive',
): NodeFunction {
  const logGroup = new LogGroup(scope, `${name}-log`, durableLog);
  const role = new Role(scope, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  for (const { actions, resource, conditions = {} } of permissions) {
    role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource], conditions }));
  }
  return new NodeFunction(scope, name, {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(`dist/${name}`),
    handler: 'index.handler',
    memorySize: memorySizes[memory],
    // Longer than the store's retry budget plus its last attempt, shorter than API Gateway's 30 s.
    timeout: Duration.seconds(20),
    loggingFormat: LoggingFormat.JSON,
    logGroup,
    role,
    environment: { ...environment },
  });
}
