import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { awsCredentials } from '../runtime/aws-credentials.ts';
import { environment } from '../runtime/environment.ts';

/** Timeouts of one attempt, in milliseconds: for the connection and for the response. */
export const attemptTimeout = { connectionTimeout: 1_000, requestTimeout: 4_000 } as const;

/** Retry budget for failed events, in milliseconds. The last attempt may exceed it by its own timeouts. */
export const retryBudgetMs = 8_000;

/** EventBridge's limit of events in one call. */
const maxEntries = 10;

// One attempt per call. If a call fails in part, only `sendUntilAccepted` knows which events to send again.
const eventBridge = new EventBridgeClient({
  region: environment('AWS_REGION'),
  credentials: awsCredentials(),
  maxAttempts: 1,
  requestHandler: { ...attemptTimeout, throwOnRequestTimeout: true },
});

/**
 * Sends the events, and retries those that fail within the retry budget. Returns one element for each event: its last error,
 * or undefined if EventBridge accepted it. An event may arrive more than once.
 */
export async function putEvents(events: readonly PutEventsRequestEntry[]): Promise<readonly (Error | undefined)[]> {
  const batches: PutEventsRequestEntry[][] = [];
  for (let start = 0; start < events.length; start += maxEntries) batches.push(events.slice(start, start + maxEntries));
  const end = Date.now() + retryBudgetMs;
  return (await Promise.all(batches.map((batch) => sendUntilAccepted(batch, end)))).flat();
}

async function sendUntilAccepted(
  events: readonly PutEventsRequestEntry[],
  end: number,
): Promise<(Error | undefined)[]> {
  let errors = await attempt(events);
  for (let attempts = 1; ; attempts += 1) {
    const failed = events.filter((_, n) => errors[n]);
    const pause = Math.random() * Math.min(100 * 2 ** attempts, 2_000);
    if (failed.length === 0 || Date.now() + pause >= end) return errors;
    await sleep(pause);
    const results = await attempt(failed);
    errors = errors.map((error) => error && results.shift());
  }
}

async function attempt(events: readonly PutEventsRequestEntry[]): Promise<(Error | undefined)[]> {
  try {
    const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: [...events] }));
    return events.map((_, n) => (Entries[n]?.EventId ? undefined : rejection(Entries[n]?.ErrorCode)));
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    return events.map(() => cause);
  }
}

/** The error of an event that EventBridge rejected. It omits EventBridge's message, which may quote the event. */
function rejection(code = 'Unknown'): Error {
  return Object.assign(new Error('EventBridge did not accept the event'), { name: code });
}
