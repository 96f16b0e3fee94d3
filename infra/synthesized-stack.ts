import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from './appointments-stack.ts';
import type { Settings } from './stack/settings.ts';

/** A route of the HTTP API: the function that it calls, and the tokens that it accepts. */
export type Route = {
  readonly method: string;
  /** `['appointments', 'v1', '{id}']` */
  readonly segments: readonly string[];
  readonly routeKey: string;
  readonly functionId: string;
  /** `get-appointment` */
  readonly functionName: string;
  readonly jwt?: { readonly issuer: string; readonly audiences: readonly string[]; readonly scopes: readonly string[] };
};

export type FunctionSettings = {
  readonly id: string;
  /** The name of its file in `lambda/`: `get-appointment` */
  readonly name: string;
  /** The path of the bundle that a deployment uploads. */
  readonly module: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memorySize: number;
};

export type StreamMapping = { readonly tableName: string; readonly functionId: string; readonly batchSize: number };

/** The parts of the stack that the local stack can run. A table's name is its logical id. */
export type SynthesizedStack = {
  readonly routes: readonly Route[];
  readonly functions: readonly FunctionSettings[];
  readonly tables: readonly CreateTableCommandInput[];
  readonly streams: readonly StreamMapping[];
  /** The scopes of the routes, with the descriptions that Cognito has for them. */
  readonly scopes: Readonly<Record<string, string>>;
};

/** Synthesizes the stack in this process and reads its template back. */
export async function synthesize(settings: Settings): Promise<SynthesizedStack> {
  const outdir = await mkdtemp(join(tmpdir(), 'appointments-'));
  try {
    // Without asset staging, the template contains the path of each function's folder in dist/.
    const assets = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-asset-metadata': true };
    const app = new App({ outdir, context: assets });
    const stack = new AppointmentsStack(app, 'Appointments', settings);
    return read(app.synth().getStackArtifact(stack.artifactId).template);
  } finally {
    await rm(outdir, { recursive: true });
  }
}

type Intrinsic = string | { Ref: string } | { 'Fn::GetAtt': [string, string] } | { 'Fn::Join': [string, Intrinsic[]] };

type Resource =
  | { Type: 'AWS::ApiGatewayV2::Integration'; Properties: { IntegrationUri: Intrinsic } }
  | {
      Type: 'AWS::ApiGatewayV2::Authorizer';
      Properties: { JwtConfiguration: { Issuer: Intrinsic; Audience: Intrinsic[] } };
    }
  | {
      Type: 'AWS::ApiGatewayV2::Route';
      Properties: { RouteKey: string; Target: Intrinsic; AuthorizerId?: Intrinsic; AuthorizationScopes?: string[] };
    }
  | {
      Type: 'AWS::Lambda::Function';
      Properties: {
        Handler: string;
        Timeout: number;
        MemorySize: number;
        Environment?: { Variables: Record<string, Intrinsic> };
      };
      Metadata: { 'aws:asset:path': string };
    }
  | {
      Type: 'AWS::Lambda::EventSourceMapping';
      Properties: { EventSourceArn: Intrinsic; FunctionName: Intrinsic; BatchSize: number };
    }
  | {
      Type: 'AWS::Cognito::UserPoolResourceServer';
      Properties: { Identifier: string; Scopes: { ScopeName: string; ScopeDescription: string }[] };
    }
  | {
      Type: 'AWS::DynamoDB::Table';
      Properties: Pick<
        CreateTableCommandInput,
        'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes' | 'BillingMode'
      > & { StreamSpecification?: { StreamViewType: 'NEW_AND_OLD_IMAGES' } };
    };

type Resources = Readonly<Record<string, Resource>>;

function read({ Resources: resources }: { Resources: Resources }): SynthesizedStack {
  const functions = functionsIn(resources);
  const routes: Route[] = ofType(resources, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
    const [method = '', path = ''] = Properties.RouteKey.split(' ');
    return {
      method,
      segments: path.split('/').slice(1),
      routeKey: Properties.RouteKey,
      ...functionOf(resources, functions, Properties.Target),
      ...(Properties.AuthorizerId && {
        jwt: { ...jwtOf(resources, Properties.AuthorizerId), scopes: Properties.AuthorizationScopes ?? [] },
      }),
    };
  });
  return {
    routes,
    functions,
    tables: ofType(resources, 'AWS::DynamoDB::Table').map(([id, { Properties }]) => ({
      TableName: id,
      KeySchema: Properties.KeySchema,
      AttributeDefinitions: Properties.AttributeDefinitions,
      BillingMode: Properties.BillingMode,
      ...(Properties.GlobalSecondaryIndexes && { GlobalSecondaryIndexes: Properties.GlobalSecondaryIndexes }),
      ...(Properties.StreamSpecification && {
        StreamSpecification: { StreamEnabled: true, ...Properties.StreamSpecification },
      }),
    })),
    streams: ofType(resources, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => ({
      tableName: resolve(Properties.EventSourceArn),
      functionId: resolve(Properties.FunctionName),
      batchSize: Properties.BatchSize,
    })),
    scopes: Object.fromEntries(
      ofType(resources, 'AWS::Cognito::UserPoolResourceServer')
        .flatMap(([, { Properties }]) =>
          Properties.Scopes.map(({ ScopeName, ScopeDescription }): [string, string] => [
            `${Properties.Identifier}/${ScopeName}`,
            ScopeDescription,
          ]),
        )
        .filter(([scope]) => routes.some(({ jwt }) => jwt?.scopes.includes(scope))),
    ),
  };
}

function ofType<T extends Resource['Type']>(resources: Resources, type: T): [string, Extract<Resource, { Type: T }>][] {
  return Object.entries(resources).filter(
    (entry): entry is [string, Extract<Resource, { Type: T }>] => entry[1].Type === type,
  );
}

function functionsIn(resources: Resources): FunctionSettings[] {
  return ofType(resources, 'AWS::Lambda::Function').map(([id, { Properties, Metadata }]) => {
    const folder = Metadata['aws:asset:path'];
    const [file, handler = ''] = Properties.Handler.split('.');
    const variables = Object.entries(Properties.Environment?.Variables ?? {});
    return {
      id,
      name: basename(folder),
      module: join(folder, `${file}.mjs`),
      handler,
      environment: Object.fromEntries(variables.map(([name, value]) => [name, resolve(value)])),
      timeout: Properties.Timeout,
      memorySize: Properties.MemorySize,
    };
  });
}

function functionOf(
  resources: Resources,
  functions: readonly FunctionSettings[],
  target: Intrinsic,
): { functionId: string; functionName: string } {
  const integrationId = resolve(target).replace('integrations/', '');
  const { Properties } = withId(ofType(resources, 'AWS::ApiGatewayV2::Integration'), integrationId);
  const functionId = resolve(Properties.IntegrationUri);
  const { name } = withId(
    functions.map((each) => [each.id, each]),
    functionId,
  );
  return { functionId, functionName: name };
}

function jwtOf(resources: Resources, id: Intrinsic): { issuer: string; audiences: string[] } {
  const { Properties } = withId(ofType(resources, 'AWS::ApiGatewayV2::Authorizer'), resolve(id));
  const { Issuer, Audience } = Properties.JwtConfiguration;
  return { issuer: resolve(Issuer), audiences: Audience.map(resolve) };
}

function withId<T>(entries: readonly [string, T][], id: string): T {
  const entry = entries.find(([name]) => name === id);
  if (!entry) throw new Error(`The template has no ${id}.`);
  return entry[1];
}

/** Replaces a reference to a resource with its logical id: the local stack uses it as the name or ARN. */
function resolve(value: Intrinsic): string {
  if (typeof value === 'string') return value;
  if ('Ref' in value) return value.Ref;
  if ('Fn::GetAtt' in value) return value['Fn::GetAtt'][0];
  const [separator, parts] = value['Fn::Join'];
  return parts.map(resolve).join(separator);
}
