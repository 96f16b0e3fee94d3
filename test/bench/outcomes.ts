import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { listen } from '../../infra/local/listen.ts';
import { anAppointment } from '../support/an-appointment.ts';
import type { BenchDatabase } from './database.ts';
import { updateEvent } from './update-event.ts';

/** The calls of DynamoDB that an update with this outcome makes. */
export type Outcome = {
  /** Begins with the status. */
  readonly outcome: string;
  readonly calls: readonly string[];
  /** Not set if every call failed its condition: DynamoDB reports no units for those. */
  readonly capacityUnits: number | undefined;
};

const context = { getRemainingTimeInMillis: () => 20_000 };

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number }>;

/** Forces each outcome once, through a proxy that asks DynamoDB for the consumed capacity. */
export async function measureOutcomes(module: string, database: BenchDatabase): Promise<readonly Outcome[]> {
  let calls: { operation: string; units: number | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const input = await text(request);
    const body = input && JSON.stringify({ ...JSON.parse(input), ReturnConsumedCapacity: 'TOTAL' });
    const headers = new Headers({ 'x-amz-target': String(request.headers['x-amz-target']) });
    for (const name of ['authorization', 'x-amz-date', 'content-type'])
      headers.set(name, String(request.headers[name]));
    const reply = await fetch(database.endpoint, { method: request.method ?? 'POST', headers, ...(body && { body }) });
    const output = await reply.text();
    if (input) {
      const units: unknown = JSON.parse(output).ConsumedCapacity?.CapacityUnits;
      calls.push({ operation, units: typeof units === 'number' ? units : undefined });
    }
    const id = reply.headers.get('x-amzn-requestid') ?? 'bench';
    response.writeHead(reply.status, { 'x-amzn-requestid': id }).end(output);
  });
  const port = await listen(server);
  const databaseEndpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;
  const { handler }: { handler: Handler } = await import(`${module}?outcomes`);

  const [id, overtaken] = [await database.seed(), await database.seed()];
  const json = { 'content-type': 'application/json' };
  // updateEvent sets an Idempotency-Key, unless the headers are passed.
  const [withKey, overtakenUpdate] = [updateEvent(id, 3), updateEvent(overtaken, 2)];
  await handler(structuredClone(overtakenUpdate), context);
  await handler(updateEvent(overtaken, 3, { headers: json }), context);
  await database.record(overtaken, 2);
  const cases: readonly (readonly [string, APIGatewayProxyEventV2WithJWTAuthorizer])[] = [
    ['200', updateEvent(id, 2, { headers: json })],
    ['200 with an Idempotency-Key', withKey],
    ['200 replayed, still the latest version', withKey],
    ['422 for a reused Idempotency-Key', { ...withKey, body: JSON.stringify(anAppointment()) }],
    ['409 after a history read', overtakenUpdate],
    ['409 for a historic version', updateEvent(id, 2, { headers: json })],
    ['409 for a future version', updateEvent(id, 9, { headers: json })],
    ['404', updateEvent(randomUUID(), 2)],
    ['422', updateEvent(id, 4, { body: '{}' })],
    ['400', updateEvent(id, 4, { body: '{' })],
    ['413', updateEvent(id, 4, { body: ' '.repeat(300_000) })],
    ['415', updateEvent(id, 4, { headers: {} })],
  ];
  const outcomes: Outcome[] = [];
  for (const [outcome, event] of cases) {
    calls = [];
    const { statusCode } = await handler(structuredClone(event), context);
    if (!outcome.startsWith(String(statusCode)))
      throw new Error(`Expected ${outcome}, but the status is ${statusCode}.`);
    const units = calls.map((call) => call.units).filter((unit) => unit !== undefined);
    outcomes.push({
      outcome,
      calls: calls.map(({ operation }) => operation),
      capacityUnits: units.length > 0 ? units.reduce((sum, unit) => sum + unit) : undefined,
    });
  }
  process.env.AWS_ENDPOINT_URL_DYNAMODB = databaseEndpoint;
  server.close().closeAllConnections();
  return outcomes;
}
