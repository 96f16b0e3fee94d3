import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { BenchDatabase } from './database.ts';
import { updateEvent } from './update-event.ts';

/** What an update asks of DynamoDB, by how it ends. */
export type Outcome = {
  readonly outcome: string;
  readonly status: number;
  readonly calls: readonly string[];
  /** As DynamoDB counts them; it says nothing about a call that it refused. */
  readonly capacityUnits: number | undefined;
};

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number }>;

/** Calls the bundle through a proxy that asks DynamoDB for the capacity units. */
export async function outcomes(module: string, database: BenchDatabase): Promise<readonly Outcome[]> {
  let seen: { operation: string; units: number | undefined }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const asked = await text(incoming);
    const body = asked && JSON.stringify({ ...JSON.parse(asked), ReturnConsumedCapacity: 'TOTAL' });
    const headers = new Headers({ 'x-amz-target': String(incoming.headers['x-amz-target']) });
    for (const name of ['authorization', 'x-amz-date', 'content-type'])
      headers.set(name, String(incoming.headers[name]));
    const reply = await fetch(database.endpoint, { method: incoming.method ?? 'POST', headers, ...(body && { body }) });
    const answer = await reply.text();
    if (asked) {
      const units: unknown = JSON.parse(answer).ConsumedCapacity?.CapacityUnits;
      seen.push({ operation, units: typeof units === 'number' ? units : undefined });
    }
    const id = reply.headers.get('x-amzn-requestid') ?? 'bench';
    outgoing.writeHead(reply.status, { 'x-amzn-requestid': id }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const own = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${address.port}`;
  const { handler }: { handler: Handler } = await import(`${module}?outcomes`);

  const id = await database.seed();
  const keyed = updateEvent(id, 3);
  const cases: readonly (readonly [string, APIGatewayProxyEventV2WithJWTAuthorizer])[] = [
    ['200', updateEvent(id, 2)],
    ['200 with an Idempotency-Key', keyed],
    ['200 replayed, at the same version', keyed],
    ['409 for a historic version', updateEvent(id, 2, { headers: { 'content-type': 'application/json' } })],
    ['409 for a future version', updateEvent(id, 9)],
    ['404', updateEvent(randomUUID(), 2)],
    ['422', updateEvent(id, 4, { body: '{}' })],
    ['400', updateEvent(id, 4, { body: '{' })],
  ];
  const found: Outcome[] = [];
  for (const [outcome, event] of cases) {
    seen = [];
    const { statusCode } = await handler(structuredClone(event), { getRemainingTimeInMillis: () => 20_000 });
    const units = seen.map((call) => call.units).filter((unit) => unit !== undefined);
    found.push({
      outcome,
      status: statusCode,
      calls: seen.map(({ operation }) => operation),
      capacityUnits: units.length > 0 ? units.reduce((sum, unit) => sum + unit) : undefined,
    });
  }
  process.env.AWS_ENDPOINT_URL_DYNAMODB = own;
  server.close().closeAllConnections();
  return found;
}
