import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../infra/local/listen.ts';
import { partsOf } from '../../lambda/store/keys.ts';
import { type DatabaseResponse, type Exchange, type Fault, fakeResponse, type UpdateItem } from './exchange.ts';
import { dynamodbError, faults } from './faults.ts';
import { faultIn, faultOfDeactivationIn } from './faulty.ts';
import { mutations, passThrough } from './mutations.ts';

export type FaultProxy = {
  readonly url: string;
  /** How many calls of the operation the service has made. */
  readonly calls: (operation: string) => number;
  /** How many calls met a fault of the kind, or any fault. */
  readonly faults: (kind?: string) => number;
  /** Resolves when no call is in progress, not even a write whose client has given up. */
  readonly settled: () => Promise<void>;
  readonly stop: () => void;
};

const kinds: Readonly<Record<string, Fault>> = {
  ...faults,
  ...mutations,
  'history lags': passThrough,
  // As if the network sent the request twice.
  'sent twice': async ({ forward, respond }) => {
    await forward();
    respond(await forward());
  },
};

/** The faults of a history read. The write that made the version chooses in its notes how often the fault applies. */
const historyResponses: Readonly<Record<string, DatabaseResponse>> = {
  'overtaken, history throttled': dynamodbError(400, 'ThrottlingException'),
  'history lags': fakeResponse(200, '{}'),
};

/**
 * Starts a proxy in front of DynamoDB. The notes of a write choose its fault (see `faulty`). A deactivation has no notes:
 * the notes of its appointment's create choose the fault (`faulty`, or `deactivatedFaulty` if the create must succeed).
 */
export async function startFaultProxy(dynamodb: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const calls = new Map<string, number>();
  const faulted: string[] = [];
  const attempts = new Map<string, number>();
  const createdWith = new Map<string, string | undefined>();
  const historyFaults = new Map<
    string,
    { readonly kind: string; readonly response: DatabaseResponse; times: number }
  >();
  const staleResponses = new Map<string, DatabaseResponse | undefined>();
  const inProgress = new Set<Promise<unknown>>();

  // Node closes an idle connection after 5 s by default. That could reset a write, which would be an unplanned fault.
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, outgoing) => {
    const exchange = handle(incoming, outgoing).catch(() => outgoing.destroy());
    inProgress.add(exchange);
    void exchange.finally(() => inProgress.delete(exchange));
  });
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}`,
    calls: (operation) => calls.get(operation) ?? 0,
    faults: (kind) => (kind === undefined ? faulted : faulted.filter((each) => each === kind)).length,
    settled: async () => {
      while (inProgress.size > 0) await Promise.all(inProgress);
    },
    stop: () => {
      server.close().closeAllConnections();
      agent.destroy();
    },
  };

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const forward = (instead: Buffer = body) => forwardTo(incoming, instead);
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    switch (operation) {
      case 'UpdateItem':
        return handleWrite(JSON.parse(body.toString()), outgoing, forward);
      case 'GetItem':
        return respond(outgoing, await handleRead(JSON.parse(body.toString()), forward));
      default:
        return respond(outgoing, await forward());
    }
  }

  async function handleWrite(
    update: UpdateItem,
    outgoing: ServerResponse,
    forward: (instead?: Buffer) => Promise<DatabaseResponse>,
  ): Promise<void> {
    const { ':appointment': appointment, ':next': next, ':write_id': write } = update.ExpressionAttributeValues;
    const { id } = partsOf(update.Key.appointment_key.S);
    const notes = appointment?.M?.notes?.S;
    if (next?.N === '1') createdWith.set(id, notes);
    // Only a deactivation has no appointment in its values.
    const planned = appointment ? faultIn(notes) : faultOfDeactivationIn(createdWith.get(id));
    if (write?.S === undefined || planned === undefined) return respond(outgoing, await forward());

    const attempt = (attempts.get(write.S) ?? 0) + 1;
    attempts.set(write.S, attempt);
    const historyResponse = historyResponses[planned.kind];
    const version = `${id}/${next?.N}`;
    if (historyResponse && attempt === 1 && (historyFaults.get(version)?.times ?? 0) < planned.times) {
      historyFaults.set(version, { kind: planned.kind, response: historyResponse, times: planned.times });
    }
    if (planned.kind === 'stale read') staleResponses.set(id, staleResponses.get(id));
    if (attempt > planned.times) {
      // Delays some of the attempts after a fault, so that other writers overtake them.
      if (attempt > 1 && Math.random() < 0.3) await sleep(200);
      return respond(outgoing, await forward());
    }
    // A fault of the history counts when the history is read.
    if (!historyResponse) faulted.push(planned.kind);
    const fault = kinds[planned.kind];
    if (!fault) throw new Error(`There is no fault named ${planned.kind}.`);
    const exchange: Exchange = {
      update,
      attempt,
      forward: (instead) => forward(instead && Buffer.from(JSON.stringify(instead))),
      respond: (response) => respond(outgoing, response),
      respondHalf: (response) => respondHalf(outgoing, response),
      respondSlowly: (response) => respondSlowly(outgoing, response),
      reset: () => outgoing.socket?.resetAndDestroy(),
    };
    return fault(exchange);
  }

  type GetItem = { Key: { appointment_key: { S: string }; version?: { N: string } } };

  async function handleRead({ Key }: GetItem, forward: () => Promise<DatabaseResponse>): Promise<DatabaseResponse> {
    const { id } = partsOf(Key.appointment_key.S);
    const fault = historyFaults.get(`${id}/${Key.version?.N}`);
    if (fault && fault.times > 0) {
      fault.times -= 1;
      faulted.push(fault.kind);
      return fault.response;
    }
    if (!staleResponses.has(id)) return forward();
    const stale = staleResponses.get(id) ?? (await forward());
    staleResponses.set(id, stale);
    return stale;
  }

  async function forwardTo(incoming: IncomingMessage, body: Buffer): Promise<DatabaseResponse> {
    const headers = { ...incoming.headers, 'content-length': body.length };
    const outgoing = request(dynamodb, { agent, method: incoming.method, headers }).end(body);
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    if (!response) throw new Error('DynamoDB sent no response.');
    return { status: response.statusCode ?? 500, headers: response.headers, body: await buffer(response) };
  }
}

function respond(outgoing: ServerResponse, { status, headers, body }: DatabaseResponse): void {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
}

async function respondSlowly(outgoing: ServerResponse, { status, headers, body }: DatabaseResponse): Promise<void> {
  const spaces = 25;
  outgoing.writeHead(status, { ...headers, 'content-length': spaces + body.length });
  for (let space = 0; space < spaces && !outgoing.destroyed; space += 1) {
    outgoing.write(' ');
    await sleep(1_000);
  }
  outgoing.end(body);
}

async function respondHalf(outgoing: ServerResponse, { status, headers, body }: DatabaseResponse): Promise<void> {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  await new Promise((resolve) => outgoing.write(body.subarray(0, body.length / 2), resolve));
}
