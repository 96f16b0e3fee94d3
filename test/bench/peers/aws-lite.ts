import awsLite from '@aws-lite/client';
// @ts-expect-error: its types are in another package
import dynamodbPlugin from '@aws-lite/dynamodb';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import validate from '../../../lambda/appointment/validator.js';
import { type Parsed, responseOf, updateOf } from '../update-of.ts';

// Uses aws-lite instead of the AWS SDK.

const aws = awsLite({
  plugins: [dynamodbPlugin],
  keepAlive: true,
  endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
});

export const handler = middy<Parsed>()
  .use(httpJsonBodyParser())
  .handler(async (event) => {
    if (!validate(event.body)) return { statusCode: 422 };
    const { DynamoDB } = Object(await aws);
    await DynamoDB.UpdateItem(updateOf(event, event.body));
    return responseOf(event.body);
  });
