import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen } from '../../infra/local/listen.ts';

/** An entry of a PutEvents call. */
export type SentEvent = {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: number;
};

export type EventBridge = {
  readonly url: string;
  /** The accepted events, in order. */
  readonly accepted: readonly SentEvent[];
  /** The events of each call. */
  readonly calls: readonly (readonly SentEvent[])[];
  readonly stop: () => void;
};

/** What can go wrong with a call: which events EventBridge accepts, and how it responds. */
const faults = {
  'is throttled': () => ({ accepts: () => false, respond: error(400, 'ThrottlingException') }),
  fails: () => ({ accepts: () => false, respond: error(500, 'InternalException') }),
  'is reset': () => ({ accepts: () => false, respond: reset }),
  'succeeds but its response is lost': () => ({ accepts: () => true, respond: reset }),
  'fails partly': () => ({ accepts: () => Math.random() < 0.5, respond: results }),
  'gets no response': () => ({ accepts: () => Math.random() < 0.5, respond: () => {} }),
} as const satisfies Record<string, () => Fault>;

type Results = readonly (string | undefined)[];
type Fault = {
  readonly accepts: () => boolean;
  readonly respond: (response: ServerResponse, eventIds: Results) => void;
};

export type EventBridgeFault = keyof typeof faults;

export const eventBridgeFaults = Object.keys(faults).filter((name): name is EventBridgeFault => name in faults);

/** Starts a fake EventBridge. `faultOf` chooses the fault of each call; the first call is 0. */
export async function startEventBridge(faultOf: (call: number) => EventBridgeFault | undefined): Promise<EventBridge> {
  const [accepted, calls]: [SentEvent[], SentEvent[][]] = [[], []];
  const server = createServer(async (request, response) => {
    const { Entries = [] }: { Entries?: SentEvent[] } = Object(await json(request));
    const name = faultOf(calls.push(Entries) - 1);
    const { accepts, respond }: Fault = name ? faults[name]() : { accepts: () => true, respond: results };
    const eventIds = Entries.map((entry) => {
      if (!accepts()) return undefined;
      accepted.push(entry);
      return randomUUID();
    });
    respond(response, eventIds);
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, accepted, calls, stop: () => server.close().closeAllConnections() };
}

function results(response: ServerResponse, eventIds: Results): void {
  const Entries = eventIds.map((EventId) => (EventId ? { EventId } : { ErrorCode: 'ThrottlingException' }));
  const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
  response.end(JSON.stringify({ FailedEntryCount, Entries }));
}

function error(status: number, name: string): (response: ServerResponse) => void {
  return (response) => response.writeHead(status).end(JSON.stringify({ __type: name }));
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
