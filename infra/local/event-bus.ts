import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { listen } from './listen.ts';
import type { StackLog } from './stack-log.ts';

/** Milliseconds. It must be shorter than the timeout of `publish-changes` for the event bus. */
const receiverTimeoutMs = 3_000;

/** An entry of PutEvents, as the SDK sends it: `Time` in seconds since 1970. */
type Entry = {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: number;
};

/**
 * An event bus with one rule: it sends every event to the receiver, in EventBridge's envelope. If the receiver does not accept
 * an event, the response to PutEvents contains it as failed, so `publish-changes` and the stream retry it.
 */
export async function startEventBus(
  receiver: string,
  log: Pick<StackLog, 'notice'>,
): Promise<{ readonly endpoint: string; readonly stop: () => void }> {
  let accepts = true;
  const server = createServer(async (request, response) => {
    // Reading fails if the function ends while it sends its events.
    const body = await json(request).catch(() => undefined);
    const { Entries = [] }: { Entries?: readonly Entry[] } = Object(body);
    const results = await Promise.all(Entries.map(deliver));
    const FailedEntryCount = results.filter(({ ErrorCode }) => ErrorCode).length;
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify({ FailedEntryCount, Entries: results }));
  });
  const port = await listen(server);
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.close().closeAllConnections() };

  async function deliver(entry: Entry): Promise<PutEventsResultEntry> {
    const envelope = envelopeOf(entry);
    const problem = await post(envelope);
    const changed = accepts !== (problem === undefined);
    accepts = problem === undefined;
    if (changed)
      log.notice(
        problem ? `${receiver} ${problem}: retrying until it accepts events` : `${receiver} accepts events again`,
      );
    return accepts ? { EventId: envelope.id } : { ErrorCode: 'InternalFailure' };
  }

  /** Returns the problem, or undefined if the receiver accepted the event. */
  async function post(envelope: object): Promise<string | undefined> {
    try {
      const { ok, status } = await fetch(receiver, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(envelope),
        signal: AbortSignal.timeout(receiverTimeoutMs),
      });
      return ok ? undefined : `responds ${status}`;
    } catch {
      return 'does not respond';
    }
  }
}

function envelopeOf({ Source, DetailType, Detail, Time }: Entry) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: '000000000000',
    time: new Date(Time * 1_000).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: 'us-east-1',
    resources: [],
    detail: JSON.parse(Detail),
  };
}
