import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { listen } from '../../infra/local/listen.ts';

/** A call of DynamoDB, and the capacity units that it consumed. */
export type MeteredCall = { readonly operation: string; readonly consumed: ConsumedCapacity };

export type Meter = {
  readonly url: string;
  /** The successful calls of tables so far. Calls of streams are not included. */
  readonly calls: readonly MeteredCall[];
  readonly stop: () => void;
};

const metered = new Set(['UpdateItem', 'PutItem', 'GetItem', 'BatchGetItem', 'Query']);

/** Starts a proxy in front of a DynamoDB that asks for the consumed capacity of each call. */
export async function startMeter(dynamodb: string): Promise<Meter> {
  const calls: MeteredCall[] = [];
  const server = createServer(async (request, response) => {
    const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const input = await text(request);
    const reply = await fetch(dynamodb, {
      method: 'POST',
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      body: metered.has(operation)
        ? JSON.stringify({ ...JSON.parse(input), ReturnConsumedCapacity: 'INDEXES' })
        : input,
    });
    const body = await reply.text();
    const { ConsumedCapacity = [] } = metered.has(operation) ? JSON.parse(body) : {};
    for (const consumed of [ConsumedCapacity].flat()) calls.push({ operation, consumed });
    response.writeHead(reply.status, { 'x-amzn-requestid': reply.headers.get('x-amzn-requestid') ?? '' }).end(body);
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, calls, stop: () => server.close().closeAllConnections() };
}
