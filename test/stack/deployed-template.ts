/** The account and region of the tests. */
export const target = { account: '111122223333', region: 'us-east-1' } as const;

/** A policy as IAM reads it. */
export type Policy = { Version: string; Statement: Statement[] };
export type Statement = {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource?: string | string[];
  Principal?: string | Record<string, string>;
  Condition?: Record<string, Record<string, string>>;
};

// biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of the resources that it reads
type Properties = Record<string, any>;
type Resource = { Type: string; Properties: Properties; Metadata?: Record<string, string> };
export type Template = { Resources: Record<string, Resource> };

/** A resource of the template. Its name is the id that the stack's code gave it. */
export type DeployedResource = {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly properties: Properties;
};

/** The resources of a type as CloudFormation would deploy them: references are replaced by ARNs and names. */
export function deployedResources({ Resources }: Template, type: string): DeployedResource[] {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties, Metadata }]) => ({
      id,
      name: /^[^/]+\/(.*?)(?:\/Resource)?$/.exec(Metadata?.['aws:cdk:path'] ?? '')?.[1] ?? id,
      arn: String(attribute(Resources, id, 'Arn')),
      properties: resolve(Resources, Properties ?? {}),
    }));
}

// biome-ignore lint/suspicious/noExplicitAny: the caller knows the shape of what it resolves
function resolve(resources: Template['Resources'], value: unknown): any {
  if (Array.isArray(value)) return value.map((each) => resolve(resources, each));
  if (typeof value !== 'object' || value === null) return value;
  const [[name = '', operand] = [], ...others] = Object.entries(value);
  const resolved = others.length === 0 ? intrinsic(resources, name, operand) : undefined;
  return resolved ?? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(resources, each)]));
}

function intrinsic(resources: Template['Resources'], name: string, operand: unknown): unknown {
  const operands = Array.isArray(operand) ? operand.map((each) => resolve(resources, each)) : [];
  switch (name) {
    case 'Ref':
      return pseudoParameters[String(operand)] ?? attribute(resources, String(operand), 'Ref');
    case 'Fn::GetAtt':
      return attribute(resources, operands[0], operands[1]);
    case 'Fn::Join':
      return operands[1].join(operands[0]);
    case 'Fn::Split':
      return operands[1].split(operands[0]);
    case 'Fn::Select':
      return operands[1][operands[0]];
    default:
      return undefined;
  }
}

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': target.account,
  'AWS::Region': target.region,
  'AWS::Partition': 'aws',
  'AWS::StackId': `arn:aws:cloudformation:${target.region}:${target.account}:stack/Appointments/12345678-1234-1234-1234-123456789012`,
};

/** The value of `Ref` or `Fn::GetAtt` for a resource. The resource's name is its logical id. */
function attribute(resources: Template['Resources'], id: string, name: string): string {
  const type = resources[id]?.Type ?? '';
  const [service, resource = ''] = arns[type] ?? ['', ''];
  const place = service === 'iam' ? `:${target.account}` : `${target.region}:${target.account}`;
  const arn = service === 's3' ? `arn:aws:s3:::${id.toLowerCase()}` : `arn:aws:${service}:${place}:${resource}${id}`;
  if (name === 'StreamArn') return `${arn}/stream/2026-01-01T00:00:00.000`;
  if (name === 'Arn') return type === 'AWS::Logs::LogGroup' ? `${arn}:*` : arn;
  if (name !== 'Ref') return `${id}.${name}`;
  return type === 'AWS::SNS::Topic' ? arn : type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
}

const arns: Readonly<Record<string, readonly [service: string, resource: string]>> = {
  'AWS::DynamoDB::Table': ['dynamodb', 'table/'],
  'AWS::Lambda::Function': ['lambda', 'function:'],
  'AWS::IAM::Role': ['iam', 'role/'],
  'AWS::Logs::LogGroup': ['logs', 'log-group:'],
  'AWS::S3::Bucket': ['s3', ''],
  'AWS::SNS::Topic': ['sns', ''],
  'AWS::Cognito::UserPool': ['cognito-idp', 'userpool/'],
  'AWS::CloudWatch::Alarm': ['cloudwatch', 'alarm:'],
  'AWS::Events::EventBus': ['events', 'event-bus/'],
};
