import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { listen } from '../../infra/local/listen.ts';
import { anAppointment } from '../support/an-appointment.ts';
import type { BenchDatabase } from './database.ts';
import { updateEvent } from './update-event.ts';

/** What an update asks of DynamoDB, by how it ends: the status first. */
export type Outcome = {
  readonly outcome: string;
  readonly calls: readonly string[];
  /** As DynamoDB counts them; it says nothing about a call that it refused. */
  readonly capacityUnits: number | undefined;
};

const context = { getRemainingTimeInMillis: () => 20_000 };

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
  });
  const port = await listen(server);
  const own = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;
  const { handler }: { handler: Handler } = await import(`${module}?outcomes`);

  const [id, overtaken] = [await database.seed(), await database.seed()];
  const json = { 'content-type': 'application/json' };
  const [keyed, earlier] = [updateEvent(id, 3), updateEvent(overtaken, 2)];
  await handler(structuredClone(earlier), context);
  await handler(updateEvent(overtaken, 3, { headers: json }), context);
  await database.record(overtaken, 2);
  const cases: readonly (readonly [string, APIGatewayProxyEventV2WithJWTAuthorizer])[] = [
    ['200', updateEvent(id, 2, { headers: json })],
    ['200 with an Idempotency-Key', keyed],
    ['200 replayed, at the same version', keyed],
    ['422 for a reused Idempotency-Key', { ...keyed, body: JSON.stringify(anAppointment()) }],
    ['409 after a look into the history', earlier],
    ['409 for a historic version', updateEvent(id, 2, { headers: json })],
    ['409 for a future version', updateEvent(id, 9, { headers: json })],
    ['404', updateEvent(randomUUID(), 2)],
    ['422', updateEvent(id, 4, { body: '{}' })],
    ['400', updateEvent(id, 4, { body: '{' })],
    ['413', updateEvent(id, 4, { body: ' '.repeat(300_000) })],
    ['415', updateEvent(id, 4, { headers: {} })],
  ];
  const found: Outcome[] = [];
  for (const [outcome, event] of cases) {
    seen = [];
    const { statusCode } = await handler(structuredClone(event), context);
    if (!outcome.startsWith(String(statusCode))) throw new Error(`${outcome}: it was ${statusCode}.`);
    const units = seen.map((call) => call.units).filter((unit) => unit !== undefined);
    found.push({
      outcome,
      calls: seen.map(({ operation }) => operation),
      capacityUnits: units.length > 0 ? units.reduce((sum, unit) => sum + unit) : undefined,
    });
  }
  process.env.AWS_ENDPOINT_URL_DYNAMODB = own;
  server.close().closeAllConnections();
  return found;
}
