import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { JSONStringified } from '@aws-lambda-powertools/parser/helpers';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import { z } from 'zod';
import { type Parsed, responseOf, updateOf } from '../update-of.ts';
import { appointment } from './appointment.zod.ts';

// Uses Powertools' parser, and its idempotency, which stores a record of every request in a separate table.

const client = new DynamoDBClient({});
const dynamodb = DynamoDBDocumentClient.from(client);

export const handler = middy<Parsed>()
  .use(
    makeHandlerIdempotent({
      persistenceStore: new DynamoDBPersistenceLayer({
        tableName: process.env.IDEMPOTENCY_TABLE ?? '',
        awsSdkV3Client: client,
      }),
      config: new IdempotencyConfig({ eventKeyJmesPath: 'headers."idempotency-key"' }),
    }),
  )
  .use(parser({ schema: z.looseObject({ body: JSONStringified(appointment) }) }))
  .handler(async (event) => {
    await dynamodb.send(new UpdateCommand(updateOf(event, event.body)));
    return responseOf(event.body);
  });
