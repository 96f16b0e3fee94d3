import { ConditionalCheckFailedException, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { partition } from '@aws-sdk/core/client';
import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/lib-dynamodb';
import { Client } from '@smithy/core/client';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { getSmithyContext, toEndpointV1 } from '@smithy/core/transport';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type {
  DeserializeMiddleware,
  FinalizeRequestMiddleware,
  ResponseMetadata,
  SerializeMiddleware,
} from '@smithy/types';
import { awsCredentials } from '../runtime/aws-credentials.ts';
import { environment } from '../runtime/environment.ts';
import { Sha256 } from './sha256.ts';

/**
 * The service's DynamoDB client in Lambda, on a developer's machine, and in the tests. It consists of the SDK's own parts
 * (connection, signature, commands, exceptions) and runs the commands of lib-dynamodb, which marshal values themselves.
 * Region, credentials, and endpoint come from environment variables, as in Lambda. It makes one attempt (the store retries)
 * and omits features that no call here needs: clock correction, user agent, trace header, binary attributes, account
 * endpoints.
 */
export class DynamoDBClient extends Client<
  NodeHttpHandlerOptions,
  ServiceInputTypes,
  ServiceOutputTypes,
  ReturnType<typeof configOf>
> {
  constructor(requestHandler: NodeHttpHandlerOptions) {
    super(configOf(requestHandler));
    this.middlewareStack.add(sign(this.config.region), { step: 'finalizeRequest' });
    // The commands of client-dynamodb and lib-dynamodb add their own middleware relative to these names.
    this.middlewareStack.add(serialize, { step: 'serialize', name: 'serializerMiddleware' });
    this.middlewareStack.add(deserialize, { step: 'deserialize', name: 'deserializerMiddleware' });
  }
}

function configOf(requestHandler: NodeHttpHandlerOptions) {
  const region = environment('AWS_REGION');
  const endpoint = { url: endpointIn(region) };
  return {
    apiVersion: '2012-08-10',
    requestHandler: new NodeHttpHandler(requestHandler),
    region,
    endpointProvider: () => endpoint,
    // endpointIn has read the environment variables. Without this, the commands would also read configuration files.
    ignoreConfiguredEndpointUrls: true,
  };
}

function endpointIn(region: string): URL {
  const { AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT } =
    process.env;
  const url = AWS_ENDPOINT_URL_DYNAMODB || AWS_ENDPOINT_URL;
  if (!url && (AWS_USE_FIPS_ENDPOINT === 'true' || AWS_USE_DUALSTACK_ENDPOINT === 'true')) {
    throw new Error('Set AWS_ENDPOINT_URL_DYNAMODB to the FIPS or dual-stack endpoint.');
  }
  return new URL(url || `https://dynamodb.${region}.${partition(region).dnsSuffix}`);
}

// AWS JSON 1.0. Every attribute value except a binary one is already JSON. The SDK would look up its schema for each value.
const serialize: SerializeMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next, context) => async (args) => {
  if (!context.endpointV2) throw new Error('The request has no endpoint.');
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
  if (!HttpResponse.isInstance(response)) throw new Error('The response is not HTTP.');
  const { statusCode, headers, body } = response;
  const requestId = headers['x-amzn-requestid'];
  const $metadata = { httpStatusCode: statusCode, ...(requestId !== undefined && { requestId }) };
  const output = await readJson(body).catch((error) => {
    throw Object.assign(Object(error), { $metadata });
  });
  if (statusCode >= 300) throw exceptionOf(output, statusCode, $metadata);
  return { response, output: { ...output, $metadata } };
};

async function readJson(body: AsyncIterable<Uint8Array>): Promise<Record<string, unknown>> {
  const output: unknown = JSON.parse(Buffer.concat(await Array.fromAsync(body)).toString());
  // The SDK would treat an empty or null body as "no such item".
  if (!isObject(output)) throw new SyntaxError('The response is not a JSON object.');
  return output;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function exceptionOf(output: Record<string, unknown>, statusCode: number, $metadata: ResponseMetadata): Error {
  // com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException
  const [, name = 'Unknown'] = /^(?:[\w.]+#)?(\w+)(?:[:,].*)?$/.exec(String(output.__type ?? '')) ?? [];
  const message = String(output.message ?? output.Message ?? 'UnknownError');
  return name === 'ConditionalCheckFailedException'
    ? new ConditionalCheckFailedException({ ...output, message, $metadata })
    : new DynamoDBServiceException({ name, message, $fault: statusCode < 500 ? 'client' : 'server', $metadata });
}

function sign(region: string): FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> {
  const signer = new SignatureV4({ service: 'dynamodb', region, credentials: awsCredentials(), sha256: Sha256 });
  return (next) => async (args) => {
    const { request } = args;
    if (!HttpRequest.isInstance(request)) throw new Error('The request is not HTTP.');
    request.headers.host = request.port ? `${request.hostname}:${request.port}` : request.hostname;
    return next({ ...args, request: await signer.sign(request) });
  };
}
