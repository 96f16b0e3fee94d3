import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, request } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createTables, startDynoxide } from '../../infra/local/database.ts';
import { listen } from '../../infra/local/listen.ts';
import { LocalFunctions } from '../../infra/local/local-functions.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { type FunctionSettings, synthesize } from '../../infra/synthesized-stack.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { requestOf } from '../support/built-function.ts';
import { type Recorded, recordedBy, startRecorder } from '../support/dynamodb-recorder.ts';
import { anItem, putItems } from '../support/table.ts';

/** A function's call to DynamoDB. */
export type TableCall = {
  readonly functionName: string;
  /** `dynamodb:Query` */
  readonly action: string;
  /** The environment variable that names the table. */
  readonly tableVariable: string;
  readonly index: string | undefined;
};

export type Recording = {
  readonly calls: readonly TableCall[];
  /** The names of the errors that each function responded with. */
  readonly errorNames: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Runs every function's bundle on a local DynamoDB, once for each outcome, and records the calls to DynamoDB. */
export async function recordCalls(): Promise<Recording> {
  const database = await startDynoxide(undefined);
  process.env.DYNAMODB_URL = database.endpoint;
  const faulty = await startFaultyDatabase(database.endpoint);
  const recorder = await startRecorder(faulty.url, new Set());
  const issuer = await startIssuer();
  const stack = await synthesize({});
  const region = 'us-east-1';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  await createTables(new DynamoDBClient({ endpoint: database.endpoint, region, credentials }), stack.tables);

  // Each function's access key is its name, so that the recorder knows which function made a call.
  const functions = new LocalFunctions(
    stack.functions.map(({ environment, ...settings }) => ({
      ...settings,
      environment: { ...environment, TOKEN_URL: issuer.url, AWS_ACCESS_KEY_ID: settings.name },
    })),
    async () => ({ AWS_REGION: region, AWS_SECRET_ACCESS_KEY: 'local', AWS_ENDPOINT_URL_DYNAMODB: recorder.url }),
    silentLog,
  );
  const errorNames = new Map<string, Set<string>>(stack.functions.map(({ name }) => [name, new Set()]));
  const invoke = (name: string, event: unknown) =>
    functions.invoke(stack.functions.find((each) => each.name === name)?.id ?? '', event);
  const call: CallFunction = async (name, { organization = 'acme', ...fields }) => {
    const { body = '{}' }: { body?: string } = Object(await invoke(name, requestOf(organization, fields)));
    const { id = '', errorName }: { id?: string; errorName?: string } = Object(JSON.parse(body || '{}'));
    if (errorName !== undefined) errorNames.get(name)?.add(errorName);
    return id;
  };
  try {
    await runWrites(call);
    await runReads(call);
    await runTokens(call);
    await runTriggers(invoke);
    // Last, when the machine is not busy: if an attempt timed out, the response would be a 503 instead of the expected error.
    await Promise.all(Object.keys(faults).map((organization) => runFaults(call, organization)));
    const recorded = await recordedBy(recorder.url);
    return { calls: recorded.flatMap((each) => callsOf(each, stack.functions)), errorNames };
  } finally {
    await functions.stop();
    for (const { stop } of [recorder, faulty, issuer, database]) stop();
  }
}

type Fields = Record<string, unknown> & { readonly organization?: string };
/** Calls a function with a request, and returns the id in its response. */
type CallFunction = (name: string, fields: Fields) => Promise<string>;

const withBody = (body: unknown, headers: Record<string, string> = {}) => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const withKey = () => ({ 'idempotency-key': randomUUID() });

async function runWrites(call: CallFunction): Promise<void> {
  const body = anAppointment();
  const placed = withBody(anAppointment({ placer_appointment_id: randomUUID() }));
  const keyed = withKey();
  const id = await call('create-appointment', placed);
  await call('create-appointment', placed);
  const keyedId = await call('create-appointment', withBody(body, keyed));
  await call('create-appointment', withBody(body, keyed));
  await call('create-appointment', withBody(anAppointment({ notes: 'other' }), keyed));

  const update = (version: number, fields: Fields = withBody(body), of = id) =>
    call('update-appointment', { pathParameters: { id: of, version: String(version) }, ...fields });
  const deactivate = (version: number | string, fields: Fields = {}, of = id) =>
    call('deactivate-appointment', { pathParameters: { id: of, version: String(version) }, ...fields });
  const first = withKey();
  await update(2, withBody(body, first));
  await update(2, withBody(body, first));
  await update(2, withBody(anAppointment({ notes: 'other' }), first));
  const second = { headers: withKey() };
  await deactivate(2, second);
  await deactivate(2, second);
  await deactivate(2, { ...second, rawQueryString: 'cancellation_reason=other' });
  await update(4);
  await update(9);
  await deactivate(9);
  await update(2, withBody(body), keyedId);
  // For an older version, the service reads the outcome from the history.
  await Promise.all([
    call('create-appointment', withBody(body, keyed)),
    update(2, withBody(body, first)),
    deactivate(2, second),
  ]);
  await update(2, withBody(body), randomUUID());
  await deactivate(1, {}, randomUUID());

  await deactivate('0');
  await deactivate(1, { organization: 'a b' });
  for (const name of ['create-appointment', 'update-appointment']) {
    const pathParameters = { id, version: '5' };
    for (const fields of [
      withBody('{'),
      withBody('x'.repeat(300_000)),
      { ...withBody(body), headers: { 'content-type': 'text/plain' } },
      withBody({ ...body, services: 1 }),
      { ...withBody(body), organization: 'a b' },
    ]) {
      await call(name, { pathParameters, ...fields });
    }
  }
}

async function runReads(call: CallFunction): Promise<void> {
  const large = {
    appointment: anAppointment({ notes: 'x'.repeat(190_000), appointment_details: 'x'.repeat(190_000) }),
  };
  const versions = Array.from({ length: 15 }, (_, n) => n + 1);
  const [one, two, huge] = [randomUUID(), randomUUID(), randomUUID()];
  await putItems([
    anItem({ id: one }),
    anItem({ id: two, version: 2 }),
    anItem({ ...large, id: huge, version: versions.length }),
  ]);
  await putItems(
    [1, 2].map((version) => anItem({ id: two, version })),
    'History',
  );
  for (const version of versions) await putItems([anItem({ ...large, id: huge, version })], 'History');
  const updated_at = new Date().toISOString();
  for (const _ of versions) await putItems([anItem({ ...large, organization: 'large', updated_at })]);

  const since = (time: string) => ({ rawQueryString: `since=${time}` });
  for (const id of [one, two, huge, randomUUID(), 'no-id']) {
    await call('get-appointment', { pathParameters: { id } });
    await call('get-history', { pathParameters: { id } });
  }
  await call('scan-updates', since('2026-01-01T00:00:00Z'));
  await call('scan-updates', { ...since(updated_at), organization: 'large' });
  await call('scan-updates', {});
  for (const name of ['get-appointment', 'get-history', 'scan-updates']) {
    await call(name, { pathParameters: { id: one }, ...since(updated_at), organization: 'a b' });
    await call(name, { pathParameters: { id: one }, rawQueryString: 'since=%ff' });
  }
}

async function runTokens(call: CallFunction): Promise<void> {
  const client = { client_id: 'acme', client_secret: 'secret' };
  for (const fields of [
    ...['acme', 'wrong', ...Object.keys(faults)].map((client_id) => withBody({ ...client, client_id })),
    withBody({}),
    withBody('{'),
    withBody('x'.repeat(300_000)),
    { ...withBody(client), headers: { 'content-type': 'text/plain' } },
    { headers: null },
  ]) {
    await call('issue-token', fields);
  }
}

/** Calls the functions that do not belong to a route. */
async function runTriggers(invoke: (name: string, event: unknown) => Promise<unknown>): Promise<void> {
  const records = ['acme', 'denied'].map((organization, n) => ({
    dynamodb: { SequenceNumber: String(n), NewImage: marshall(anItem({ organization })) },
  }));
  await invoke('record-history', { Records: records });
  const scopes = [['organization/acme'], ['organization/client:']];
  await Promise.all(scopes.map((each) => invoke('set-organization-claim', { request: { scopes: each } })));
  await invoke('set-organization-claim', { request: { scopes: [] } }).catch(() => {});
}

async function runFaults(call: CallFunction, organization: string): Promise<void> {
  const request = { organization, pathParameters: { id: randomUUID(), version: '2' } };
  const write = { ...request, ...withBody(anAppointment()) };
  await Promise.all([
    call('create-appointment', write),
    call('update-appointment', write),
    call('deactivate-appointment', request),
    call('get-appointment', request),
    call('get-history', request),
    call('scan-updates', { ...request, rawQueryString: 'since=2026-01-01T00:00:00Z' }),
  ]);
}

/** The error that DynamoDB returns to requests of each organization. Undefined ends the connection without a response. */
const faults: Readonly<Record<string, string | undefined>> = {
  throttled: 'ThrottlingException',
  denied: 'AccessDeniedException',
  lost: undefined,
};

async function startFaultyDatabase(dynamodb: string): Promise<{ url: string; stop: () => void }> {
  return serve(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const [fault] = Object.entries(faults).filter(([organization]) =>
      RegExp(`["#]${organization}"`).test(String(body)),
    );
    if (fault === undefined) {
      request(dynamodb, { method: 'POST', headers: incoming.headers }, (response) => {
        outgoing.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(outgoing);
      }).end(body);
    } else if (fault[1] === undefined) {
      outgoing.destroy();
    } else {
      outgoing.writeHead(400, { 'x-amzn-requestid': 'fault' }).end(JSON.stringify({ __type: `x#${fault[1]}` }));
    }
  });
}

/** A token endpoint whose response depends on the client_id. */
async function startIssuer(): Promise<{ url: string; stop: () => void }> {
  return serve(async (incoming, outgoing) => {
    const client = new URLSearchParams(await text(incoming)).get('client_id');
    if (client === 'lost') outgoing.destroy();
    else if (client === 'throttled') outgoing.writeHead(429).end();
    else if (client === 'acme') outgoing.end('{"access_token":"token","expires_in":3600}');
    else outgoing.writeHead(401).end('{"error":"invalid_client"}');
  });
}

async function serve(listener: RequestListener): Promise<{ url: string; stop: () => void }> {
  const server = createServer(listener);
  return { url: `http://127.0.0.1:${await listen(server)}`, stop: () => server.close().closeAllConnections() };
}

function callsOf({ operation, body, accessKeyId }: Recorded, functions: readonly FunctionSettings[]): TableCall[] {
  const { TableName, IndexName: index, RequestItems = {} } = JSON.parse(body);
  const tables: string[] = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  const { environment = {} } = functions.find(({ name }) => name === accessKeyId) ?? {};
  return tables.map((table) => {
    const tableVariable = Object.keys(environment).find((name) => environment[name] === table) ?? '';
    return { functionName: accessKeyId, action: `dynamodb:${operation}`, tableVariable, index };
  });
}
