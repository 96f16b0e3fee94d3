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

/** Runs every outcome of every function's bundle once on a local DynamoDB, and records which calls they make. */
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

  // Each function signs with an access key of its own name, so that the recorder can tell them apart.
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
  const ask: Ask = async (name, { organization = 'acme', ...fields }) => {
    const { body = '{}' }: { body?: string } = Object(await invoke(name, requestOf(organization, fields)));
    const { id = '', errorName }: { id?: string; errorName?: string } = Object(JSON.parse(body || '{}'));
    if (errorName !== undefined) errorNames.get(name)?.add(errorName);
    return id;
  };
  try {
    await runWrites(ask);
    await runReads(ask);
    await runTokens(ask);
    await runTriggers(invoke);
    // Last, when the machine is not busy: an attempt that times out would turn another error into a 503.
    await Promise.all(Object.keys(faults).map((organization) => runFaults(ask, organization)));
    const recorded = await recordedBy(recorder.url);
    return { calls: recorded.flatMap((each) => callsOf(each, stack.functions)), errorNames };
  } finally {
    await functions.stop();
    for (const { stop } of [recorder, faulty, issuer, database]) stop();
  }
}

type Fields = Record<string, unknown> & { readonly organization?: string };
/** Sends a request, and returns the id in the response. */
type Ask = (name: string, fields: Fields) => Promise<string>;

const withBody = (body: unknown, headers: Record<string, string> = {}) => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const withKey = () => ({ 'idempotency-key': randomUUID() });

async function runWrites(ask: Ask): Promise<void> {
  const body = anAppointment();
  const placed = withBody(anAppointment({ placer_appointment_id: randomUUID() }));
  const keyed = withKey();
  const id = await ask('create-appointment', placed);
  await ask('create-appointment', placed);
  const keyedId = await ask('create-appointment', withBody(body, keyed));
  await ask('create-appointment', withBody(body, keyed));
  await ask('create-appointment', withBody(anAppointment({ notes: 'other' }), keyed));

  const update = (version: number, fields: Fields = withBody(body), of = id) =>
    ask('update-appointment', { pathParameters: { id: of, version: String(version) }, ...fields });
  const deactivate = (version: number | string, fields: Fields = {}, of = id) =>
    ask('deactivate-appointment', { pathParameters: { id: of, version: String(version) }, ...fields });
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
  // The history decides what became of an older version.
  await Promise.all([
    ask('create-appointment', withBody(body, keyed)),
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
      await ask(name, { pathParameters, ...fields });
    }
  }
}

async function runReads(ask: Ask): Promise<void> {
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
    await ask('get-appointment', { pathParameters: { id } });
    await ask('get-history', { pathParameters: { id } });
  }
  await ask('scan-updates', since('2026-01-01T00:00:00Z'));
  await ask('scan-updates', { ...since(updated_at), organization: 'large' });
  await ask('scan-updates', {});
  for (const name of ['get-appointment', 'get-history', 'scan-updates']) {
    await ask(name, { pathParameters: { id: one }, ...since(updated_at), organization: 'a b' });
    await ask(name, { pathParameters: { id: one }, rawQueryString: 'since=%ff' });
  }
}

async function runTokens(ask: Ask): Promise<void> {
  const client = { client_id: 'acme', client_secret: 'secret' };
  for (const fields of [
    ...['acme', 'wrong', ...Object.keys(faults)].map((client_id) => withBody({ ...client, client_id })),
    withBody({}),
    withBody('{'),
    withBody('x'.repeat(300_000)),
    { ...withBody(client), headers: { 'content-type': 'text/plain' } },
    { headers: null },
  ]) {
    await ask('issue-token', fields);
  }
}

/** The functions that another service than API Gateway calls. */
async function runTriggers(invoke: (name: string, event: unknown) => Promise<unknown>): Promise<void> {
  const records = ['acme', 'denied'].map((organization, n) => ({
    dynamodb: { SequenceNumber: String(n), NewImage: marshall(anItem({ organization })) },
  }));
  await invoke('record-history', { Records: records });
  const scopes = [['organization/acme'], ['organization/client:']];
  await Promise.all(scopes.map((each) => invoke('set-organization-claim', { request: { scopes: each } })));
  await invoke('set-organization-claim', { request: { scopes: [] } }).catch(() => {});
}

async function runFaults(ask: Ask, organization: string): Promise<void> {
  const request = { organization, pathParameters: { id: randomUUID(), version: '2' } };
  const write = { ...request, ...withBody(anAppointment()) };
  await Promise.all([
    ask('create-appointment', write),
    ask('update-appointment', write),
    ask('deactivate-appointment', request),
    ask('get-appointment', request),
    ask('get-history', request),
    ask('scan-updates', { ...request, rawQueryString: 'since=2026-01-01T00:00:00Z' }),
  ]);
}

/** What DynamoDB responds to a request of such an organization; undefined ends the connection. */
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

/** A token endpoint that responds as the client_id says. */
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
