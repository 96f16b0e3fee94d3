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
 * without those that every start would wait for and no call has a use for. It looks for region, credentials and endpoint
 * in the environment, where Lambda has them, and elsewhere only for what is missing there. It makes one attempt (the
 * store repeats), reads no config file, discovers no endpoint, names no user agent, and knows no binary attributes.
 */
export class DynamoDBClient extends Client<
  NodeHttpHandlerOptions,
  ServiceInputTypes,
  ServiceOutputTypes,
  ReturnType<typeof configOf>
> {
  constructor({ requestHandler }: { readonly requestHandler: NodeHttpHandlerOptions }) {
    super(configOf(requestHandler));
    // By these names lib-dynamodb finds its place between them.
    this.middlewareStack.add(serialize, { step: 'serialize', name: 'serializerMiddleware' });
    this.middlewareStack.add(sign, { step: 'finalizeRequest', name: 'signingMiddleware' });
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
  const { AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL } = process.env;
  const url = AWS_ENDPOINT_URL_DYNAMODB || AWS_ENDPOINT_URL;
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
  const text = Buffer.from(await streamCollector(body)).toString();
  const answer = text === '' ? {} : parsed(text, $metadata);
  if (statusCode >= 300) throw exceptionOf(answer, statusCode, $metadata);
  return { response, output: { ...answer, $metadata } };
};

function parsed(text: string, $metadata: ResponseMetadata) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw Object.assign(Object(error), { $metadata });
  }
}

function exceptionOf(answer: Record<string, unknown>, statusCode: number, $metadata: ResponseMetadata): Error {
  // com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException
  const name = String(answer.__type ?? 'Unknown').replace(/^.*#/, '');
  const message = String(answer.message ?? answer.Message ?? name);
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
    return (await import('./developers-machine.ts')).credentials();
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
