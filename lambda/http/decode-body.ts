import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { errorResponse, type HttpResponse } from './http-response.ts';

type BodyStep = (request: { readonly event: APIGatewayProxyEventV2 }) => HttpResponse | undefined;

const maxBytes = 256 * 1024;

/** Step: 413 for a body over 256 KiB, before anything parses it. */
export const limitBody: BodyStep = ({ event: { body = '', isBase64Encoded } }) => {
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') <= maxBytes) return undefined;
  return errorResponse('PayloadTooLargeError', { message: `The body is larger than 256 KiB (${maxBytes} bytes).` });
};

const json = /^application\/([a-z0-9.+-]+\+)?json[ \t]*(;|$)/i;

/** Step: 415 for a body that is not declared as JSON. */
export const requireJson: BodyStep = ({ event: { headers } }) => {
  if (json.test(headers['content-type'] ?? '')) return undefined;
  return errorResponse('UnsupportedMediaTypeError', { message: 'The content-type must be application/json.' });
};

/** Step: the body as text. API Gateway passes some types as base64. */
export const decodeBody: BodyStep = ({ event }) => {
  if (event.body !== undefined && event.isBase64Encoded) event.body = Buffer.from(event.body, 'base64').toString();
  event.isBase64Encoded = false;
  return undefined;
};
