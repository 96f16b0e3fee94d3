import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';
import { partition } from '@aws-sdk/core/client';
import { Sha256 } from '@smithy/core/checksum';
import { Client } from '@smithy/core/client';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { toUtf8 } from '@smithy/core/serde';
import { getSmithyContext, toEndpointV1 } from '@smithy/core/transport';
import { NodeHttpHandler, type NodeHttpHandlerOptions, streamCollector } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type {
  AwsCredentialIdentity,
  DeserializeMiddleware,
  FinalizeRequestMiddleware,
  ResponseMetadata,
  SerializeMiddleware,
} from '@smithy/types';

/**
 * The DynamoDBClient of the bundles, which infra/bundle.ts puts in the place of the SDK's own: made of the SDK's parts,
 * without those that every start would wait for and no call has a use for. It takes region and credentials from the
 * environment, where Lambda has them, and what is missing there from where a developer's machine has it; another endpoint
 * than the region's only from the environment. It makes one attempt (the store repeats), corrects no clock, names
 * neither user agent nor trace, and knows no binary attributes and no endpoints of an account.
 */
export class DynamoDBClient extends Client<
  NodeHttpHandlerOptions,
  ServiceInputTypes,
  ServiceOutputTypes,
  ReturnType<typeof configOf>
> {
  constructor({ requestHandler }: { readonly requestHandler: NodeHttpHandlerOptions }) {
    super(configOf(requestHandler));
    this.middlewareStack.add(sign, { step: 'finalizeRequest' });
    // By these names the commands of client-dynamodb and lib-dynamodb find the place of their own.
    this.middlewareStack.add(serialize, { step: 'serialize', name: 'serializerMiddleware' });
    this.middlewareStack.add(deserialize, { step: 'deserialize', name: 'deserializerMiddleware' });
  }
}

function configOf(requestHandler: NodeHttpHandlerOptions) {
  return {
    apiVersion: '2012-08-10',
    requestHandler: new NodeHttpHandler(requestHandler),
    region,
    endpointProvider,
    ignoreConfiguredEndpointUrls: true,
  };
}

async function region(): Promise<string> {
  return process.env.AWS_REGION || (await import('./developers-machine.ts')).region();
}

function endpointProvider({ Region }: { readonly Region: string }): { readonly url: URL } {
  const { AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT } =
    process.env;
  const url = AWS_ENDPOINT_URL_DYNAMODB || AWS_ENDPOINT_URL;
  if (!url && (AWS_USE_FIPS_ENDPOINT === 'true' || AWS_USE_DUALSTACK_ENDPOINT === 'true')) {
    throw new Error('Name the FIPS or dual-stack endpoint in AWS_ENDPOINT_URL_DYNAMODB.');
  }
  return { url: new URL(url || `https://dynamodb.${Region}.${partition(Region).dnsSuffix}`) };
}

// AWS JSON 1.0. An attribute value is JSON already, but for binary ones: the SDK asks its schema about each of them.
const serialize: SerializeMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next, context) => async (args) => {
  if (!context.endpointV2) throw new Error('There is no endpoint to send to.');
  const { service, operation } = getSmithyContext(context);
  const request = new HttpRequest({
    ...toEndpointV1(context.endpointV2),
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${service}.${operation}` },
    body: JSON.stringify(args.input),
  });
  return next({ ...args, request });
};

const deserialize: DeserializeMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => async (args) => {
  const { response } = await next(args);
  if (!HttpResponse.isInstance(response)) throw new Error('There is no HTTP response to read.');
  const { statusCode, headers, body } = response;
  const requestId = headers['x-amzn-requestid'];
  const $metadata = { httpStatusCode: statusCode, ...(requestId !== undefined && { requestId }) };
  const answer = await read(body).catch((error) => {
    throw Object.assign(Object(error), { $metadata });
  });
  if (statusCode >= 300) throw exceptionOf(answer, statusCode, $metadata);
  return { response, output: { ...answer, $metadata } };
};

async function read(body: HttpResponse['body']): Promise<Record<string, unknown>> {
  const answer: unknown = JSON.parse(toUtf8(await streamCollector(body)));
  // An empty one would say that an item is not there.
  if (!isObject(answer)) throw new SyntaxError('DynamoDB answers with an object.');
  return answer;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function exceptionOf(answer: Record<string, unknown>, statusCode: number, $metadata: ResponseMetadata): Error {
  // com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException
  const [, name = 'Unknown'] = /^(?:[\w.]+#)?(\w+)(?:[:,].*)?$/.exec(String(answer.__type ?? '')) ?? [];
  const message = String(answer.message ?? answer.Message ?? 'UnknownError');
  return name === 'ConditionalCheckFailedException'
    ? new ConditionalCheckFailedException({ ...answer, message, $metadata })
    : new DynamoDBServiceException({ name, message, $fault: statusCode < 500 ? 'client' : 'server', $metadata });
}

const signer = new SignatureV4({ service: 'dynamodb', region, credentials, sha256: Sha256 });

const sign: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => async (args) => {
  const { request } = args;
  if (!HttpRequest.isInstance(request)) throw new Error('There is no HTTP request to sign.');
  request.headers.host = request.port ? `${request.hostname}:${request.port}` : request.hostname;
  return next({ ...args, request: await signer.sign(request) });
};

async function credentials(): Promise<AwsCredentialIdentity> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = process.env;
  // The SDK's own order: a profile that is named comes first.
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || AWS_PROFILE) {
    const chain = await import('./developers-machine.ts');
    // Its providers call services too, whose errors say nothing of DynamoDB.
    return chain.credentials().catch((cause) => {
      throw new Error('There are no credentials.', { cause });
    });
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
