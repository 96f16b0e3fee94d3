import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import validate from '../../lambda/appointment/validator.js';
import { responseOf, updateOf } from './update-of.ts';

// The floor, which no service can be faster than: no framework, no SDK, one hand-signed request (Signature Version 4).

const endpoint = new URL(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
const { AWS_ACCESS_KEY_ID: accessKey = '', AWS_SECRET_ACCESS_KEY: secret = '', AWS_REGION: region = '' } = process.env;
const agent = new Agent({ keepAlive: true });

export async function handler(event: APIGatewayProxyEventV2WithJWTAuthorizer) {
  const body: unknown = JSON.parse(event.body ?? '');
  if (!validate(body)) return { statusCode: 422 };
  const { Key, ExpressionAttributeValues, ...update } = updateOf(event, body);
  const status = await post({
    ...update,
    Key: marshall(Key),
    ExpressionAttributeValues: marshall(ExpressionAttributeValues),
  });
  return status === 200 ? responseOf(body) : { statusCode: 409 };
}

async function post(input: object): Promise<number> {
  const body = JSON.stringify(input);
  const target = 'DynamoDB_20120810.UpdateItem';
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/dynamodb/aws4_request`;
  const signedHeaders = 'host;x-amz-date;x-amz-target';
  const canonical = `POST\n/\n\nhost:${endpoint.host}\nx-amz-date:${time}\nx-amz-target:${target}\n\n${signedHeaders}\n${sha256(body)}`;
  const key = [time.slice(0, 8), region, 'dynamodb', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-date': time,
    'x-amz-target': target,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
  return new Promise((resolve, reject) => {
    request(endpoint, { agent, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 500));
    })
      .on('error', reject)
      .end(body);
  });
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
