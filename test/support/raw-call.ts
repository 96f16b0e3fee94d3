import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { apiUrl, type Reply, tokenOf } from './api.ts';

export type RawOptions = { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array };

/** A request to the appointments API as it is written here: `fetch` would resolve the path and add a content-type. */
export async function rawCall(
  method: string,
  path: string,
  { headers, body = '' }: RawOptions = {},
): Promise<Pick<Reply, 'status' | 'json'>> {
  const { hostname, port } = new URL(apiUrl());
  const authorization = `Bearer ${await tokenOf('acme')}`;
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    request(
      {
        hostname,
        port,
        method,
        path: `/appointments/v1${path}`,
        headers: { authorization, 'content-length': bytes.length, ...headers },
      },
      (answer) => json(answer).then((value) => resolve({ status: answer.statusCode ?? 0, json: value }), reject),
    )
      .on('error', reject)
      .end(bytes);
  });
}
