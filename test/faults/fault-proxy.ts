import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../infra/local/listen.ts';
import { partsOf } from '../../lambda/store/keys.ts';
import { type Exchange, type Fault, made, type Reply, type UpdateItem } from './exchange.ts';
import { failed, faults } from './faults.ts';
import { faultIn, faultOfDeactivationIn } from './faulty.ts';
import { mutations, passThrough } from './mutations.ts';

export type FaultProxy = {
  readonly url: string;
  /** How often the service has called that operation. */
  readonly calls: (operation: string) => number;
  /** How many calls went wrong on purpose: all, or those of a kind. */
  readonly faults: (kind?: string) => number;
  /** Resolves when nothing is under way, a write that nobody waits for any more included. */
  readonly settled: () => Promise<void>;
  readonly stop: () => void;
};

const kinds: Readonly<Record<string, Fault>> = {
  ...faults,
  ...mutations,
  'history lags': passThrough,
  // As if something between the two sent the request again by itself.
  'sent twice': async ({ forward, answer }) => {
    await forward();
    answer(await forward());
  },
};

/** What a read of the history is answered, as often as the write says that made the version. */
const historyReplies: Readonly<Record<string, Reply>> = {
  'overtaken, history throttled': failed(400, 'ThrottlingException'),
  'history lags': made(200, '{}'),
};

/**
 * A proxy in front of a DynamoDB. A write whose notes `faulty` made goes wrong as they say, a deactivation as those of the
 * appointment's creation say (of `faulty`, or of `deactivatedFaulty`, which lets the creation pass); all else passes through.
 */
export async function startFaultProxy(dynamodb: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const calls = new Map<string, number>();
  const faulted: string[] = [];
  const attempts = new Map<string, number>();
  const createdWith = new Map<string, string | undefined>();
  const historyFaults = new Map<string, { readonly kind: string; readonly reply: Reply; times: number }>();
  const staleResponses = new Map<string, Reply | undefined>();
  const underWay = new Set<Promise<unknown>>();

  // Node's own 5 s of keep-alive would reset a write that takes up a connection just then: a fault that nobody asked for.
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, outgoing) => {
    const exchange = exchanged(incoming, outgoing).catch(() => outgoing.destroy());
    underWay.add(exchange);
    void exchange.finally(() => underWay.delete(exchange));
  });
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}`,
    calls: (operation) => calls.get(operation) ?? 0,
    faults: (kind) => (kind === undefined ? faulted : faulted.filter((each) => each === kind)).length,
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: () => {
      server.close().closeAllConnections();
      agent.destroy();
    },
  };

  async function exchanged(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const forward = (instead: Buffer = body) => forwarded(incoming, instead);
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    switch (operation) {
      case 'UpdateItem':
        return written(JSON.parse(body.toString()), outgoing, forward);
      case 'GetItem':
        return answer(outgoing, await read(JSON.parse(body.toString()), forward));
      default:
        return answer(outgoing, await forward());
    }
  }

  async function written(
    update: UpdateItem,
    outgoing: ServerResponse,
    forward: (instead?: Buffer) => Promise<Reply>,
  ): Promise<void> {
    const { ':appointment': appointment, ':next': next, ':write_id': write } = update.ExpressionAttributeValues;
    const { id } = partsOf(update.Key.appointment_key.S);
    const notes = appointment?.M?.notes?.S;
    if (next?.N === '1') createdWith.set(id, notes);
    // A deactivation has no notes.
    const planned = appointment ? faultIn(notes) : faultOfDeactivationIn(createdWith.get(id));
    if (write?.S === undefined || planned === undefined) return answer(outgoing, await forward());

    const attempt = (attempts.get(write.S) ?? 0) + 1;
    attempts.set(write.S, attempt);
    const historyReply = historyReplies[planned.kind];
    const version = `${id}/${next?.N}`;
    if (historyReply && attempt === 1 && (historyFaults.get(version)?.times ?? 0) < planned.times) {
      historyFaults.set(version, { kind: planned.kind, reply: historyReply, times: planned.times });
    }
    if (planned.kind === 'stale read') staleResponses.set(id, staleResponses.get(id));
    if (attempt > planned.times) {
      // Some attempts that follow a fault come late, so that other writers overtake them.
      if (attempt > 1 && Math.random() < 0.3) await sleep(200);
      return answer(outgoing, await forward());
    }
    // Of a fault of the history, its reads count.
    if (!historyReply) faulted.push(planned.kind);
    const fault = kinds[planned.kind];
    if (!fault) throw new Error(`There is no fault ${planned.kind}.`);
    const exchange: Exchange = {
      update,
      attempt,
      forward: (instead) => forward(instead && Buffer.from(JSON.stringify(instead))),
      answer: (reply) => answer(outgoing, reply),
      respondHalf: (reply) => respondHalf(outgoing, reply),
      respondInDrops: (reply) => respondInDrops(outgoing, reply),
      reset: () => outgoing.socket?.resetAndDestroy(),
    };
    return fault(exchange);
  }

  type GetItem = { Key: { appointment_key: { S: string }; version?: { N: string } } };

  async function read({ Key }: GetItem, forward: () => Promise<Reply>): Promise<Reply> {
    const { id } = partsOf(Key.appointment_key.S);
    const fault = historyFaults.get(`${id}/${Key.version?.N}`);
    if (fault && fault.times > 0) {
      fault.times -= 1;
      faulted.push(fault.kind);
      return fault.reply;
    }
    if (!staleResponses.has(id)) return forward();
    const stale = staleResponses.get(id) ?? (await forward());
    staleResponses.set(id, stale);
    return stale;
  }

  async function forwarded(incoming: IncomingMessage, body: Buffer): Promise<Reply> {
    const headers = { ...incoming.headers, 'content-length': body.length };
    const asked = request(dynamodb, { agent, method: incoming.method, headers }).end(body);
    const [response]: IncomingMessage[] = await once(asked, 'response');
    if (!response) throw new Error('no answer');
    return { status: response.statusCode ?? 500, headers: response.headers, body: await buffer(response) };
  }
}

function answer(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
}

async function respondInDrops(outgoing: ServerResponse, { status, headers, body }: Reply): Promise<void> {
  const drops = 25;
  outgoing.writeHead(status, { ...headers, 'content-length': drops + body.length });
  for (let drop = 0; drop < drops && !outgoing.destroyed; drop += 1) {
    outgoing.write(' ');
    await sleep(1_000);
  }
  outgoing.end(body);
}

async function respondHalf(outgoing: ServerResponse, { status, headers, body }: Reply): Promise<void> {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  await new Promise((resolve) => outgoing.write(body.subarray(0, body.length / 2), resolve));
}
