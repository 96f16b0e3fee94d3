import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { apiUrl, type Reply, tokenOf } from './api.ts';
import { expectDocumented } from './documented.ts';

export type RawOptions = { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array };

/** Sends a request to the appointments API exactly as given. `fetch` would normalize the path and add a content-type. */
export async function rawCall(
  method: string,
  path: string,
  { headers, body = '' }: RawOptions = {},
): Promise<Pick<Reply, 'status' | 'json'>> {
  const { hostname, port } = new URL(apiUrl());
  const authorization = `Bearer ${await tokenOf('acme')}`;
  const bytes = Buffer.from(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(
      {
        hostname,
        port,
        method,
        path: `/appointments/v1${path}`,
        headers: { authorization, 'content-length': bytes.length, ...headers },
      },
      resolve,
    )
      .on('error', reject)
      .end(bytes);
  });
  const { statusCode: status = 0, headers: received } = response;
  const reply = {
    status,
    headers: new Headers(Object.entries(received).map(([name, value]) => [name, String(value)])),
  };
  const sent = await text(response);
  expectDocumented({ method, url: `${apiUrl()}/appointments/v1${path}`, ...reply, text: sent });
  return { status, json: JSON.parse(sent) };
}
