import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { aFullAppointment } from '../support/an-appointment.ts';

/** The body of every measured update: 1.7 KB. */
export const body = JSON.stringify(aFullAppointment());

/** API Gateway's event for an update with that body and an Idempotency-Key, unless `fields` replace them. */
export function updateEvent(
  id: string,
  version: number,
  fields: Partial<APIGatewayProxyEventV2WithJWTAuthorizer> = {},
): APIGatewayProxyEventV2WithJWTAuthorizer {
  const now = Date.now();
  const path = `/appointments/v1/${id}/${version}`;
  return {
    version: '2.0',
    routeKey: 'PUT /appointments/v1/{id}/{version}',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'idempotency-key': `${id}/${version}`, host: 'api.example.com' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'PUT', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
      requestId: randomUUID(),
      routeKey: 'PUT /appointments/v1/{id}/{version}',
      stage: '$default',
      time: new Date(now).toISOString(),
      timeEpoch: now,
      authorizer: {
        principalId: '',
        integrationLatency: 0,
        jwt: { claims: { organization_id: 'acme', sub: 'user-1' }, scopes: ['appointments/write'] },
      },
    },
    pathParameters: { id, version: String(version) },
    isBase64Encoded: false,
    body,
    ...fields,
  };
}
