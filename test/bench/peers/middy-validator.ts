import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import validator from '@middy/validator';
import { transpileSchema } from '@middy/validator/transpile';
import { mutableAppointmentSchema } from '../../../lambda/appointment/schema.ts';
import { type Parsed, responseOf, updateOf } from '../update-of.ts';

// Uses @middy/validator as its documentation shows it: AJV compiles the schema when the module loads.

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const eventSchema = { type: 'object', required: ['body'], properties: { body: mutableAppointmentSchema } };

export const handler = middy<Parsed>()
  .use(httpJsonBodyParser())
  .use(validator({ eventSchema: transpileSchema(eventSchema) }))
  .handler(async (event) => {
    await dynamodb.send(new UpdateCommand(updateOf(event, event.body)));
    return responseOf(event.body);
  });
