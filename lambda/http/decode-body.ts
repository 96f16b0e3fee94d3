import { MIMEType } from 'node:util';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { errorResponse, type HttpResponse } from './http-response.ts';

/** A `before` step that needs only the body and the headers. */
export type BodyStep = (request: { readonly event: APIGatewayProxyEventV2 }) => HttpResponse | undefined;

const maxBytes = 256 * 1024;

/** Step: 413 for a body over 256 KiB, before anything parses it. */
export const limitBody: BodyStep = ({ event: { body = '', isBase64Encoded } }) => {
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') <= maxBytes) return undefined;
  return errorResponse('PayloadTooLargeError', {
    message: `The body is larger than the limit of 256 KiB (${maxBytes} bytes).`,
  });
};

/** Step: 415 unless the headers declare the body as uncompressed JSON in UTF-8. */
export const requireJson: BodyStep = ({ event: { headers } }) => {
  const { problem } = mediaType(headers, /^application\/(?:.+\+)?json$/, 'application/json');
  return problem === undefined ? undefined : errorResponse('UnsupportedMediaTypeError', { message: problem });
};

/** Step: decodes the body to text without a byte order mark. API Gateway passes some types as base64. 400 if the bytes are not UTF-8. */
export const decodeBody: BodyStep = ({ event }) => {
  if (event.body === undefined) return undefined;
  try {
    event.body = utf8.decode(Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8'));
    event.isBase64Encoded = false;
    return undefined;
  } catch {
    return errorResponse('BadRequestError', { message: 'The body is not valid UTF-8.' });
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The media type in the headers. `problem` is set if the type is not accepted, the charset is not UTF-8, or the body is compressed. */
export function mediaType(
  headers: APIGatewayProxyEventV2['headers'],
  accepted: RegExp,
  acceptedInWords: string,
): { readonly type: string; readonly problem?: string } {
  const { essence: type = '', params } = parsedType(headers['content-type'] ?? '');
  const charset = params?.get('charset') ?? 'utf-8';
  const encoding = headers['content-encoding'] || 'identity';
  if (!accepted.test(type)) return { type, problem: `The header content-type must be ${acceptedInWords}.` };
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    return { type, problem: `The charset ${charset} is not supported. Send UTF-8.` };
  }
  if (!/^identity$/i.test(encoding)) {
    return { type, problem: `The content-encoding ${encoding} is not supported. Send the body uncompressed.` };
  }
  return { type };
}

function parsedType(contentType: string): Partial<MIMEType> {
  try {
    return new MIMEType(contentType);
  } catch {
    return {};
  }
}
