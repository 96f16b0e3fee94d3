import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { type DeployedResource, deployedResources, type Policy, type Template, target } from './deployed-template.ts';
import type { TableCall } from './recorded-calls.ts';

/** A call between two AWS services, the policies that apply to it, and whether they must allow it. */
export type AccessCase = {
  readonly title: string;
  readonly expected: 'Allowed' | 'Denied';
  readonly simulation: Simulation;
};

/** Evaluates the cases by IAM's rules. Returns a line for each case whose result is not the expected one. */
export async function accessViolations(cases: readonly AccessCase[]): Promise<string[]> {
  const violations: string[] = [];
  for (const { title, expected, simulation } of cases) {
    const result = await runSimulation(simulation, {});
    if (result.resultType === 'error') throw new Error(`${title}: ${JSON.stringify(result.errors)}`);
    if ((result.overallResult === 'Allowed') !== (expected === 'Allowed')) violations.push(`${expected}: ${title}`);
  }
  return violations;
}

/** Every call between two AWS services that the deployed template needs, and calls that must be denied. */
export function accessCases(template: Template, calls: readonly TableCall[], keyPolicy: Policy): AccessCase[] {
  const functions = deployedResources(template, 'AWS::Lambda::Function').map((fn) => functionOf(template, fn));
  return [
    ...tableCases(functions, calls),
    ...logCases(functions),
    ...streamCases(template, functions),
    ...bucketCases(template, functions),
    ...eventBusCases(template, functions),
    ...topicCases(template),
    ...gatewayCases(template, functions),
    ...triggerCases(template, functions),
    ...keyCases(template, functions, calls, keyPolicy),
  ];
}

type DeployedFunction = {
  readonly name: string;
  readonly arn: string;
  readonly role: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly policy: Policy;
  /** Its AWS::Lambda::Permission resources as a policy: it says who may invoke the function. */
  readonly resourcePolicy: Policy;
};

function functionOf(template: Template, { name, arn, properties }: DeployedResource): DeployedFunction {
  const ofRole = deployedResources(template, 'AWS::IAM::Policy').filter((each) =>
    each.properties.Roles.some((role: string) => properties.Role === `arn:aws:iam::${target.account}:role/${role}`),
  );
  const ofFunction = deployedResources(template, 'AWS::Lambda::Permission').filter(
    (each) => each.properties.FunctionName === arn,
  );
  return {
    name,
    arn,
    role: properties.Role,
    environment: properties.Environment?.Variables ?? {},
    logGroup: properties.LoggingConfig.LogGroup,
    policy: statements(ofRole.flatMap((each) => each.properties.PolicyDocument.Statement)),
    resourcePolicy: statements(
      ofFunction.map(({ properties: { Action, Principal, SourceArn } }) => ({
        Effect: 'Allow',
        Action,
        Principal: { Service: Principal },
        Resource: arn,
        Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
      })),
    ),
  };
}

function statements(Statement: Policy['Statement']): Policy {
  return { Version: '2012-10-17', Statement };
}

type Call = {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  /** The policy of the caller's role. A service has none. */
  readonly policy?: Policy;
  readonly resourcePolicy?: Policy;
  /** The owner of the resource. */
  readonly account?: string;
};

function accessCase(expected: AccessCase['expected'], title: string, call: Call): AccessCase {
  const { principal, action, resource, context = {}, policy, resourcePolicy, account = target.account } = call;
  return {
    title,
    expected,
    simulation: {
      request: {
        principal,
        action,
        resource: { resource, accountId: account },
        contextVariables: { 'aws:SecureTransport': 'true', ...context },
      },
      identityPolicies: policy ? [{ name: 'role', policy }] : [],
      resourcePolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
  };
}

const byFunction = ({ role, policy }: DeployedFunction) => ({ principal: role, policy });

/** An administrator of the account. Only a Deny applies to this role. */
const administrator = {
  principal: `arn:aws:iam::${target.account}:role/Administrator`,
  policy: statements([{ Effect: 'Allow', Action: '*', Resource: '*' }]),
};
const otherAccount = '444455556666';

const tableActions = [
  ...['GetItem', 'BatchGetItem', 'Query', 'Scan', 'ConditionCheckItem'],
  ...['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'],
  ...['PartiQLSelect', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete', 'DeleteTable'],
].map((name) => `dynamodb:${name}`);

/** A function may make the recorded calls, and no other call on any table or index. */
function tableCases(functions: readonly DeployedFunction[], calls: readonly TableCall[]): AccessCase[] {
  const resourceOf = ({ tableVariable, index }: TableCall) =>
    index ? `index ${index} of ${tableVariable}` : tableVariable;
  const resources = new Map(calls.map((call) => [resourceOf(call), call]));
  const actions = new Set([...tableActions, ...calls.map(({ action }) => action)]);
  const recorded = new Set(calls.map((call) => `${call.functionName}: ${call.action} on ${resourceOf(call)}`));
  return functions.flatMap((fn) =>
    [...resources].flatMap(([resource, { tableVariable, index }]) =>
      [...actions].map((action) => {
        const title = `${fn.name}: ${action} on ${resource}`;
        const arn = `${tableArn(functions, tableVariable)}${index ? `/index/${index}` : ''}`;
        return accessCase(recorded.has(title) ? 'Allowed' : 'Denied', title, {
          ...byFunction(fn),
          action,
          resource: arn,
        });
      }),
    ),
  );
}

/** The ARN of the table in that environment variable, which must be the same table for all functions. */
function tableArn(functions: readonly DeployedFunction[], variable: string): string {
  const names = new Set(functions.flatMap(({ environment }) => environment[variable] ?? []));
  if (names.size !== 1)
    throw new Error(`The functions have ${names.size} different tables in ${variable}; expected one.`);
  return `arn:aws:dynamodb:${target.region}:${target.account}:table/${[...names]}`;
}

function logCases(functions: readonly DeployedFunction[]): AccessCase[] {
  const group = ({ logGroup }: DeployedFunction) =>
    `arn:aws:logs:${target.region}:${target.account}:log-group:${logGroup}`;
  return functions.flatMap((fn, n) => {
    const other = functions[(n + 1) % functions.length] ?? fn;
    const create = { ...byFunction(fn), action: 'logs:CreateLogStream' };
    const write = { ...byFunction(fn), action: 'logs:PutLogEvents' };
    const stream = 'log-stream:2026/11/22/[$LATEST]1';
    return [
      accessCase('Allowed', `${fn.name}: a stream of its log`, { ...create, resource: `${group(fn)}:${stream}` }),
      accessCase('Allowed', `${fn.name}: its log`, { ...write, resource: `${group(fn)}:${stream}` }),
      accessCase('Denied', `${fn.name}: the log of ${other.name}`, { ...write, resource: `${group(other)}:${stream}` }),
    ];
  });
}

/** Lambda reads the stream with the role of the function that it calls. */
function streamCases(template: Template, functions: readonly DeployedFunction[]): AccessCase[] {
  return deployedResources(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
    const fn = named(functions, properties.FunctionName);
    const read = ['DescribeStream', 'GetRecords', 'GetShardIterator'].map((name) => [name, properties.EventSourceArn]);
    return [...read, ['ListStreams', '*']].map(([name, resource]) =>
      accessCase('Allowed', `${fn.name}: dynamodb:${name} of its stream`, {
        ...byFunction(fn),
        action: `dynamodb:${name}`,
        resource,
      }),
    );
  });
}

/** Lambda also writes failed records with the role of the function. */
function bucketCases(template: Template, functions: readonly DeployedFunction[]): AccessCase[] {
  return deployedResources(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ properties }) =>
    casesOfBucket(
      template,
      named(functions, properties.FunctionName),
      properties.DestinationConfig.OnFailure.Destination,
    ),
  );
}

function casesOfBucket(template: Template, fn: DeployedFunction, bucket: string): AccessCase[] {
  const policyOf = deployedResources(template, 'AWS::S3::BucketPolicy').find(({ properties }) =>
    bucket.endsWith(`:${properties.Bucket}`),
  );
  const resourcePolicy: Policy = policyOf?.properties.PolicyDocument;
  const openPolicy = statements([
    { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: [bucket, `${bucket}/*`] },
  ]);
  const put = { action: 's3:PutObject', resource: `${bucket}/aws/lambda/record` };
  const list = { action: 's3:ListBucket', resource: bucket };
  return [put, list].flatMap((call) => [
    accessCase('Allowed', `${fn.name}: ${call.action} on the bucket of failed records`, {
      ...byFunction(fn),
      ...call,
      resourcePolicy,
      context: { 's3:ResourceAccount': target.account },
    }),
    accessCase('Denied', `${fn.name}: ${call.action} on a bucket of that name in another account`, {
      ...byFunction(fn),
      ...call,
      resourcePolicy: openPolicy,
      account: otherAccount,
      context: { 's3:ResourceAccount': otherAccount },
    }),
    accessCase('Denied', `an administrator: ${call.action} over plain HTTP`, {
      ...administrator,
      ...call,
      resourcePolicy,
      context: { 'aws:SecureTransport': 'false', 's3:ResourceAccount': target.account },
    }),
  ]);
}

function eventBusCases(template: Template, functions: readonly DeployedFunction[]): AccessCase[] {
  return deployedResources(template, 'AWS::Events::EventBus').flatMap(({ id, arn }) =>
    functions.flatMap((fn) => {
      const put = { ...byFunction(fn), action: 'events:PutEvents' };
      const expected = fn.environment.EVENT_BUS === id ? 'Allowed' : 'Denied';
      return [
        accessCase(expected, `${fn.name}: events:PutEvents on the event bus`, { ...put, resource: arn }),
        accessCase('Denied', `${fn.name}: events:PutEvents on another event bus`, { ...put, resource: `${arn}2` }),
      ];
    }),
  );
}

function alarmContext(arn: string, account: string = target.account): Record<string, string> {
  return { 'aws:SourceArn': arn, 'aws:SourceAccount': account };
}

function topicCases(template: Template): AccessCase[] {
  const policies = deployedResources(template, 'AWS::SNS::TopicPolicy');
  return deployedResources(template, 'AWS::CloudWatch::Alarm').flatMap(({ name, arn, properties }) =>
    [...properties.AlarmActions, ...properties.OKActions].flatMap((topic: string) => {
      const policy = policies.find((each) => each.properties.Topics.includes(topic));
      const resourcePolicy: Policy = policy?.properties.PolicyDocument;
      const publish = { action: 'sns:Publish', resource: topic, resourcePolicy };
      const byAlarm = { ...publish, principal: 'cloudwatch.amazonaws.com' };
      const foreign = arn.replace(target.account, otherAccount);
      return [
        accessCase('Allowed', `CloudWatch publishes ${name}`, { ...byAlarm, context: alarmContext(arn) }),
        accessCase('Denied', `CloudWatch publishes ${name} of another account`, {
          ...byAlarm,
          context: alarmContext(foreign, otherAccount),
        }),
        accessCase('Denied', 'EventBridge publishes', {
          ...publish,
          principal: 'events.amazonaws.com',
          context: alarmContext(arn),
        }),
        accessCase('Denied', 'an administrator: sns:Publish over plain HTTP', {
          ...publish,
          ...administrator,
          context: { 'aws:SecureTransport': 'false' },
        }),
      ];
    }),
  );
}

function gatewayCases(template: Template, functions: readonly DeployedFunction[]): AccessCase[] {
  const [api] = deployedResources(template, 'AWS::ApiGatewayV2::Stage');
  const integrations = deployedResources(template, 'AWS::ApiGatewayV2::Integration');
  const routes = deployedResources(template, 'AWS::ApiGatewayV2::Route').map(({ properties }) => {
    const integration = integrations.find(({ id }) => properties.Target === `integrations/${id}`);
    return { key: String(properties.RouteKey), fn: named(functions, integration?.properties.IntegrationUri) };
  });
  const invoke = (fn: DeployedFunction, key: string, apiId: string) => ({
    principal: 'apigateway.amazonaws.com',
    action: 'lambda:InvokeFunction',
    resource: fn.arn,
    resourcePolicy: fn.resourcePolicy,
    context: {
      'aws:SourceArn': `arn:aws:execute-api:${target.region}:${target.account}:${apiId}/$default/${key.replace(' ', '')}`,
    },
  });
  return routes.flatMap(({ key, fn }, n) => {
    const other = routes[(n + 1) % routes.length]?.fn ?? fn;
    const apiId: string = api?.properties.ApiId;
    return [
      accessCase('Allowed', `API Gateway invokes ${fn.name} for ${key}`, invoke(fn, key, apiId)),
      accessCase('Denied', `API Gateway invokes ${other.name} for ${key}`, invoke(other, key, apiId)),
      accessCase('Denied', `another API invokes ${fn.name}`, invoke(fn, key, 'another')),
    ];
  });
}

function triggerCases(template: Template, functions: readonly DeployedFunction[]): AccessCase[] {
  return deployedResources(template, 'AWS::Cognito::UserPool').flatMap(({ arn, properties }) => {
    const fn = named(functions, properties.LambdaConfig.PreTokenGenerationConfig.LambdaArn);
    const invoke = {
      principal: 'cognito-idp.amazonaws.com',
      action: 'lambda:InvokeFunction',
      resource: fn.arn,
      resourcePolicy: fn.resourcePolicy,
    };
    return [
      accessCase('Allowed', `Cognito invokes ${fn.name}`, { ...invoke, context: { 'aws:SourceArn': arn } }),
      accessCase('Denied', `another user pool invokes ${fn.name}`, {
        ...invoke,
        context: { 'aws:SourceArn': `${arn}2` },
      }),
    ];
  });
}

const keyUse = {
  read: ['Decrypt', 'DescribeKey'],
  write: [
    'Decrypt',
    'DescribeKey',
    'Encrypt',
    'ReEncryptFrom',
    'ReEncryptTo',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
  ],
};

/** The uses of a customer managed key, with the key policy in infra/README.md. */
function keyCases(
  template: Template,
  functions: readonly DeployedFunction[],
  calls: readonly TableCall[],
  resourcePolicy: Policy,
): AccessCase[] {
  const [topic] = deployedResources(template, 'AWS::SNS::Topic');
  const { KmsMasterKeyId: resource } = topic?.properties ?? {};
  if (resource === undefined) return [];
  const key = { resource, resourcePolicy };
  const through = (service: string) => ({ 'kms:ViaService': `${service}.${target.region}.amazonaws.com` });
  const readers = deployedResources(template, 'AWS::Lambda::EventSourceMapping').map(({ properties }) =>
    named(functions, properties.FunctionName),
  );
  const users = functions.map((fn) => {
    const actions = calls.filter(({ functionName }) => functionName === fn.name).map(({ action }) => action);
    const writes = actions.some((action) => /:(?:Put|Update|Delete|BatchWrite)/.test(action));
    const reads = actions.length > 0 || readers.includes(fn);
    return { fn, actions: writes ? keyUse.write : reads ? keyUse.read : [] };
  });
  const byAlarm = { ...key, principal: 'cloudwatch.amazonaws.com' };
  return [
    ...users.flatMap(({ fn, actions }) =>
      keyUse.write.flatMap((name) => {
        const use = { ...key, ...byFunction(fn), action: `kms:${name}` };
        const expected = actions.includes(name) ? 'Allowed' : 'Denied';
        return [
          accessCase(expected, `${fn.name}: ${use.action} through DynamoDB`, { ...use, context: through('dynamodb') }),
          accessCase('Denied', `${fn.name}: ${use.action} directly`, use),
        ];
      }),
    ),
    ...users.map(({ fn }) =>
      accessCase(readers.includes(fn) ? 'Allowed' : 'Denied', `${fn.name}: kms:GenerateDataKey through S3`, {
        ...key,
        ...byFunction(fn),
        action: 'kms:GenerateDataKey',
        context: through('s3'),
      }),
    ),
    ...deployedResources(template, 'AWS::CloudWatch::Alarm').flatMap(({ name, arn }) =>
      ['kms:Decrypt', 'kms:GenerateDataKey'].flatMap((action) => [
        accessCase('Allowed', `CloudWatch encrypts ${name}: ${action}`, {
          ...byAlarm,
          action,
          context: alarmContext(arn),
        }),
        accessCase('Denied', `CloudWatch encrypts ${name} of another account: ${action}`, {
          ...byAlarm,
          action,
          context: alarmContext(arn.replace(target.account, otherAccount), otherAccount),
        }),
      ]),
    ),
  ];
}

function named(functions: readonly DeployedFunction[], nameOrArn: string): DeployedFunction {
  const fn = functions.find(({ arn }) => arn === nameOrArn || arn.endsWith(`:${nameOrArn}`));
  if (!fn) throw new Error(`The template has no function ${nameOrArn}.`);
  return fn;
}
