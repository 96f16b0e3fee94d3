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

// The store relies on what the SDK's own client does: whatever the service looks at must be the same.

let dynamodb: Server;
let requests: number;
/** `length`: what it says of its length, where that is not true. */
let answer: {
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
    const { status, body, length = Buffer.byteLength(body), requestId = 'request-1', silent } = answer;
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

/** A new one for each call: a command keeps what its client adds to it. */
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

/** What a client makes of a response, as far as the service looks at it. */
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
    ['a throttle', 400, exception('ThrottlingException')],
    ['a throttle at the front', 400, { __type: 'com.amazon.coral.availability#ThrottlingException', Message: 'why' }],
    ['a throttle of the table', 400, exception('ProvisionedThroughputExceededException')],
    ['a table that is not there', 400, exception('ResourceNotFoundException')],
    ['a request that is wrong', 400, { __type: 'com.amazon.coral.validate#ValidationException', message: 'why' }],
    [
      'a signature that is wrong',
      400,
      { __type: 'com.amazon.coral.service#InvalidSignatureException', message: 'why' },
    ],
    ["an error of DynamoDB's", 500, exception('InternalServerError')],
    ['an outage', 503, exception('ServiceUnavailable')],
    ['an error without a name', 400, { message: 'why' }],
    ['a throttle whose name goes on', 400, { __type: 'x#ThrottlingException:http://x/', message: 'why' }],
    ['a redirection', 302, '{}'],
    ['no JSON', 200, '<html>'],
    ['no JSON, with an error', 503, 'Service Unavailable'],
    ['half an answer', 200, '{"Attributes":{"ver'],
    [
      'a throttle whose name goes on with another',
      400,
      { __type: 'x#ThrottlingException:http://x/#y', message: 'why' },
    ],
  ])("makes of %s what the SDK's own makes of it", async (_, status, body) => {
    answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    expect(await outcomeOf(own())).toEqual(await outcomeOf(sdk()));
  });

  it("makes of an answer that breaks off what the SDK's own makes of it, and does not forget its request id", async () => {
    answer = { status: 200, body: '{"Attributes":{"ver', length: 100 };
    const broken = await outcomeOf(sdk());
    expect(await outcomeOf(own())).toEqual({ ...Object(broken), httpStatusCode: 200, requestId: 'request-1' });
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
  ])('takes a %d of %j for no answer, where the SDK takes it for one', async (status, body) => {
    answer = { status, body };
    expect(await outcomeOf(own())).toEqual({ name: 'SyntaxError', httpStatusCode: status, requestId: 'request-1' });
  });

  it('takes what is no name of an exception for none: a log tells it', async () => {
    answer = { status: 400, body: JSON.stringify({ __type: 'patient John Doe', message: 'why' }) };
    expect(await outcomeOf(own())).toMatchObject({ name: 'Unknown' });
  });

  it("makes of silence what the SDK's own makes of it", async () => {
    answer = { status: 200, body: '{}', silent: true };
    const outcome = await outcomeOf(own());
    expect(outcome).toEqual(await outcomeOf(sdk()));
    expect(outcome).toHaveProperty('name');
  });

  it("makes of a refused connection what the SDK's own makes of it", async () => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${await freePort()}`;
    const outcome = await outcomeOf(own());
    expect(outcome).toEqual(await outcomeOf(sdk()));
    expect(outcome).toHaveProperty('name');
  });

  it("makes of an answer without a request id what the SDK's own makes of it", async () => {
    answer = { status: 200, body: '{}', requestId: [] };
    expect(await outcomeOf(own())).toEqual(await outcomeOf(sdk()));
  });

  type Ask = (client: AnyClient) => Promise<{ $metadata: ResponseMetadata }>;
  it.each<[string, Ask, object]>([
    [
      'a read',
      (client) => client.send(new GetCommand({ TableName: 'a', Key: { id: '1' }, ConsistentRead: true })),
      { Item: item },
    ],
    ['a read of what is not there', (client) => client.send(new GetCommand({ TableName: 'a', Key: { id: '1' } })), {}],
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
  ])("asks and reads %s as the SDK's own does", async (_, ask, body) => {
    answer = { status: 200, body: JSON.stringify(body) };
    const said = async (client: AnyClient) => {
      const { $metadata, ...output } = await ask(client);
      const target = seen.headers['x-amz-target'];
      return { asked: JSON.parse(seen.body), target, output, ...idsOf($metadata) };
    };
    expect(await said(own())).toEqual(await said(sdk()));
  });

  it.each(['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])('does not overlook %s', (variable) => {
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
    process.env[variable] = 'true';
    expect(own).toThrow('AWS_ENDPOINT_URL_DYNAMODB');
    delete process.env[variable];
  });

  it("asks what the SDK's own asks", async () => {
    answer = { status: 200, body: '{}' };
    const asked = async (client: AnyClient) => {
      await client.send(update());
      const { method, url, headers, body } = seen;
      const names = ['content-type', 'content-length', 'host', 'x-amz-target', 'x-amz-security-token'] as const;
      return { method, url, body: JSON.parse(body), headers: names.map((name) => [name, headers[name]]) };
    };
    expect(await asked(own())).toEqual(await asked(sdk()));
  });

  it('makes one attempt: to repeat is the business of the store', async () => {
    answer = { status: 500, body: JSON.stringify(exception('InternalServerError')) };
    await outcomeOf(own());
    expect(requests).toBe(1);
  });

  it('signs what it sends', async () => {
    answer = { status: 200, body: '{}' };
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
  ])("finds DynamoDB in %s where the SDK's own finds it", (Region, url) => {
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
    process.env.AWS_REGION = Region;
    expect(own().config.endpointProvider().url.href).toBe(url);
    expect(new DynamoDBClientOfSdk(options).config.endpointProvider({ Region }).url.href).toBe(url);
  });
});
