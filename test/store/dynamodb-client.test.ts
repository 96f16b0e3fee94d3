import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  ConditionalCheckFailedException,
  DynamoDBClient as DynamoDBClientOfSdk,
  DynamoDBServiceException,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ResponseMetadata } from '@smithy/types';
import { freePort, listen } from '../../infra/local/listen.ts';
import { DynamoDBClient } from '../../lambda/store/dynamodb-client.ts';

// The store relies on the behavior of the SDK's client. Everything that the service reads must be identical.

let dynamodb: Server;
let requests: number;
/** `length`: a content-length that is not the length of the body. */
let response: {
  readonly status: number;
  readonly body: string;
  readonly length?: number;
  readonly requestId?: string | string[];
  readonly silent?: boolean;
};
let seen: {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

beforeEach(async () => {
  requests = 0;
  dynamodb = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    requests += 1;
    seen = { method, url, headers, body: await text(incoming) };
    const { status, body, length = Buffer.byteLength(body), requestId = 'request-1', silent } = response;
    if (silent) return;
    outgoing.writeHead(status, { 'x-amzn-requestid': requestId, 'content-length': length });
    outgoing.write(body, () => (length > body.length ? outgoing.destroy() : outgoing.end()));
  });
  const port = await listen(dynamodb);
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
  });
});

afterEach(() => dynamodb.close().closeAllConnections());

const item = {
  version: { N: '3' },
  deactivated: { BOOL: true },
  appointment: { M: { notes: { S: 'n' }, services: { L: [{ M: {} }] } } },
};

/** Each call needs a new command, because a client adds its own steps to the command. */
function update(): UpdateCommand {
  return new UpdateCommand({
    TableName: 'appointments',
    Key: { appointment_key: '1#acme' },
    UpdateExpression: 'SET version = :next, appointment = :appointment, deactivated = :false',
    ConditionExpression: 'version = :prev',
    ExpressionAttributeValues: {
      ':prev': 1,
      ':next': Number.MAX_SAFE_INTEGER,
      ':false': false,
      ':appointment': {
        notes: 'Früh, "um" 9\u0000\u2028 \u{1f600}',
        services: [{}, { count: 0 }],
        empty: '',
        list: [],
      },
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
}

const requestHandler = { requestTimeout: 1_500, throwOnRequestTimeout: true };
const options = { maxAttempts: 1, requestHandler };

type AnyClient = Pick<DynamoDBDocumentClient, 'send'>;

function own(): DynamoDBClient {
  return new DynamoDBClient(requestHandler);
}

function sdk(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClientOfSdk(options));
}

/** What a client returns or throws, with only what the service reads. */
async function outcomeOf(client: AnyClient): Promise<unknown> {
  try {
    const { $metadata, ...output } = await client.send(update());
    return { output, ...idsOf($metadata) };
  } catch (error) {
    const { $metadata } = Object(error);
    return {
      name: Object(error).name,
      ...(error instanceof DynamoDBServiceException && { fault: error.$fault, message: error.message }),
      ...(error instanceof ConditionalCheckFailedException && { item: error.Item }),
      ...idsOf($metadata ?? {}),
    };
  }
}

function idsOf({ httpStatusCode, requestId }: ResponseMetadata) {
  return { httpStatusCode, requestId };
}

describe("the service's DynamoDB client", () => {
  const exception = (name: string, message = 'why') => ({
    __type: `com.amazonaws.dynamodb.v20120810#${name}`,
    message,
  });

  it.each<[string, number, unknown]>([
    ['an update', 200, {}],
    ['attributes', 200, { Attributes: item }],
    ['a failed condition with the item', 400, { ...exception('ConditionalCheckFailedException'), Item: item }],
    ['a failed condition without an item', 400, exception('ConditionalCheckFailedException')],
    ['throttling', 400, exception('ThrottlingException')],
    [
      'throttling by the front end',
      400,
      { __type: 'com.amazon.coral.availability#ThrottlingException', Message: 'why' },
    ],
    ['throttling of the table', 400, exception('ProvisionedThroughputExceededException')],
    ['a missing table', 400, exception('ResourceNotFoundException')],
    ['an invalid request', 400, { __type: 'com.amazon.coral.validate#ValidationException', message: 'why' }],
    ['an invalid signature', 400, { __type: 'com.amazon.coral.service#InvalidSignatureException', message: 'why' }],
    ['an internal error', 500, exception('InternalServerError')],
    ['an outage', 503, exception('ServiceUnavailable')],
    ['an error without a name', 400, { message: 'why' }],
    ['throttling with a suffix in its name', 400, { __type: 'x#ThrottlingException:http://x/', message: 'why' }],
    ['a redirection', 302, '{}'],
    ['HTML', 200, '<html>'],
    ['an error that is not JSON', 503, 'Service Unavailable'],
    ['half a response', 200, '{"Attributes":{"ver'],
    ['throttling with another name as suffix', 400, { __type: 'x#ThrottlingException:http://x/#y', message: 'why' }],
  ])("handles %s like the SDK's client", async (_, status, body) => {
    response = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    expect(await outcomeOf(own())).toEqual(await outcomeOf(sdk()));
  });

  it("handles a truncated response like the SDK's client, and also keeps the request id", async () => {
    response = { status: 200, body: '{"Attributes":{"ver', length: 100 };
    const outcome = await outcomeOf(sdk());
    expect(await outcomeOf(own())).toEqual({ ...Object(outcome), httpStatusCode: 200, requestId: 'request-1' });
  });

  it.each([
    [200, ''],
    [302, ''],
    [400, ''],
    [500, ''],
    [200, 'null'],
    [200, '[]'],
    [200, '"x"'],
    [400, 'null'],
  ])('rejects a %d with the body %j, which the SDK accepts', async (status, body) => {
    response = { status, body };
    expect(await outcomeOf(own())).toEqual({ name: 'SyntaxError', httpStatusCode: status, requestId: 'request-1' });
  });

  it('replaces an invalid exception name, because the log contains the name', async () => {
    response = { status: 400, body: JSON.stringify({ __type: 'patient John Doe', message: 'why' }) };
    expect(await outcomeOf(own())).toMatchObject({ name: 'Unknown' });
  });

  it("handles a missing response like the SDK's client", async () => {
    response = { status: 200, body: '{}', silent: true };
    const outcome = await outcomeOf(own());
    expect(outcome).toEqual(await outcomeOf(sdk()));
    expect(outcome).toHaveProperty('name');
  });

  it("handles a refused connection like the SDK's client", async () => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${await freePort()}`;
    const outcome = await outcomeOf(own());
    expect(outcome).toEqual(await outcomeOf(sdk()));
    expect(outcome).toHaveProperty('name');
  });

  it("handles a response without a request id like the SDK's client", async () => {
    response = { status: 200, body: '{}', requestId: [] };
    expect(await outcomeOf(own())).toEqual(await outcomeOf(sdk()));
  });

  type Send = (client: AnyClient) => Promise<{ $metadata: ResponseMetadata }>;
  it.each<[string, Send, object]>([
    [
      'a read',
      (client) => client.send(new GetCommand({ TableName: 'a', Key: { id: '1' }, ConsistentRead: true })),
      { Item: item },
    ],
    ['a read of a missing item', (client) => client.send(new GetCommand({ TableName: 'a', Key: { id: '1' } })), {}],
    [
      'a query',
      (client) =>
        client.send(
          new QueryCommand({
            TableName: 'a',
            KeyConditionExpression: 'id = :id',
            ExpressionAttributeValues: { ':id': '1' },
            ExclusiveStartKey: { id: '1', version: 2 },
          }),
        ),
      { Items: [item, item], Count: 2, ScannedCount: 2, LastEvaluatedKey: { id: { S: '1' }, version: { N: '3' } } },
    ],
    [
      'a batch of reads',
      (client) =>
        client.send(new BatchGetCommand({ RequestItems: { a: { Keys: [{ id: '1' }], ConsistentRead: true } } })),
      { Responses: { a: [item] }, UnprocessedKeys: { a: { Keys: [{ id: { S: '2' } }], ConsistentRead: true } } },
    ],
    ['a put', (client) => client.send(new PutItemCommand({ TableName: 'a', Item: item })), {}],
  ])("sends and parses %s like the SDK's client", async (_, send, body) => {
    response = { status: 200, body: JSON.stringify(body) };
    const exchange = async (client: AnyClient) => {
      const { $metadata, ...output } = await send(client);
      const target = seen.headers['x-amz-target'];
      return { input: JSON.parse(seen.body), target, output, ...idsOf($metadata) };
    };
    expect(await exchange(own())).toEqual(await exchange(sdk()));
  });

  it.each(['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])(
    'needs AWS_ENDPOINT_URL_DYNAMODB if %s is set',
    (variable) => {
      delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
      process.env[variable] = 'true';
      expect(own).toThrow('AWS_ENDPOINT_URL_DYNAMODB');
      delete process.env[variable];
    },
  );

  it("sends the same request as the SDK's client", async () => {
    response = { status: 200, body: '{}' };
    const requestOf = async (client: AnyClient) => {
      await client.send(update());
      const { method, url, headers, body } = seen;
      const names = ['content-type', 'content-length', 'host', 'x-amz-target', 'x-amz-security-token'] as const;
      return { method, url, body: JSON.parse(body), headers: names.map((name) => [name, headers[name]]) };
    };
    expect(await requestOf(own())).toEqual(await requestOf(sdk()));
  });

  it('makes one attempt and leaves retries to the store', async () => {
    response = { status: 500, body: JSON.stringify(exception('InternalServerError')) };
    await outcomeOf(own());
    expect(requests).toBe(1);
  });

  it('signs its requests', async () => {
    response = { status: 200, body: '{}' };
    await own().send(update());
    const { method, headers, body } = seen;
    const [, signed = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
    const [, year, month, day, ...time] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
    const credentials = { accessKeyId: 'KEY', secretAccessKey: 'secret', sessionToken: 'session' };
    const signer = new SignatureV4({ service: 'dynamodb', region: 'eu-west-1', credentials, sha256: Sha256 });
    const request = new HttpRequest({
      method,
      path: '/',
      body,
      headers: Object.fromEntries(signed.split(';').map((name) => [name, String(headers[name])])),
    });
    const { headers: expected } = await signer.sign(request, {
      signingDate: new Date(`${year}-${month}-${day}T${time.join(':')}Z`),
    });
    expect(signed.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
    expect(headers.authorization).toBe(expected.authorization);
  });

  it.each([
    ['us-east-1', 'https://dynamodb.us-east-1.amazonaws.com/'],
    ['us-gov-west-1', 'https://dynamodb.us-gov-west-1.amazonaws.com/'],
    ['cn-north-1', 'https://dynamodb.cn-north-1.amazonaws.com.cn/'],
    ['us-iso-east-1', 'https://dynamodb.us-iso-east-1.c2s.ic.gov/'],
  ])("uses the SDK's endpoint in %s", (Region, url) => {
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
    process.env.AWS_REGION = Region;
    expect(own().config.endpointProvider().url.href).toBe(url);
    expect(new DynamoDBClientOfSdk(options).config.endpointProvider({ Region }).url.href).toBe(url);
  });
});
