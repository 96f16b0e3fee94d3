import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';

/** API Gateway's event after Middy's parser has parsed the body. */
export type Parsed = Omit<APIGatewayProxyEventV2WithJWTAuthorizer, 'body'> & { body: object };

/** The UpdateItem that the service sends, and every peer too. Its values are not marshalled. */
export function updateOf(event: Omit<Parsed, 'body'>, appointment: object) {
  const { organization_id, sub } = event.requestContext.authorizer.jwt.claims;
  const { id = '' } = event.pathParameters ?? {};
  const next = Number(event.pathParameters?.version);
  return {
    TableName: process.env.APPOINTMENTS_TABLE ?? '',
    Key: { appointment_key: `${id}#${organization_id}` },
    UpdateExpression:
      'SET feed_key = :feed, version = :next, appointment = :appointment, updated_at = :now, updating_user_id = :user, deactivated = :false, write_id = :write_id REMOVE cancellation_reason',
    ConditionExpression: 'version = :prev',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ExpressionAttributeValues: {
      ':prev': next - 1,
      ':feed': `${id.charAt(0)}#${organization_id}`,
      ':next': next,
      ':appointment': appointment,
      ':now': new Date().toISOString(),
      ':user': String(sub),
      ':false': false,
      ':write_id': randomUUID(),
    },
  };
}

/** A 200 with the appointment. */
export function responseOf(appointment: object) {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(appointment),
  };
}
