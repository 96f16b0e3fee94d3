import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { type Parsed, responseOf, updateOf } from '../update-of.ts';
import { appointment } from './appointment.zod.ts';

// Uses zod instead of AJV.

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = middy<Parsed>()
  .use(httpJsonBodyParser())
  .handler(async (event) => {
    const parsed = appointment.parse(event.body);
    await dynamodb.send(new UpdateCommand(updateOf(event, parsed)));
    return responseOf(parsed);
  });
