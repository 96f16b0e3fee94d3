import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { Throttled, Unavailable } from '../appointment/unanswered.ts';

/** How long one call of the service goes on sending, in milliseconds; its last attempt may still run out its own time-outs after that. */
export const timeBudget = 8_000;

/** A definite answer, and whether an earlier attempt went without one and may have been carried out all the same. */
export type Answered<T> = { readonly answer: T; readonly repeated: boolean };

/** When a call that begins now sends its last attempt. All requests of one call share it. */
export function deadline(): number {
  return Date.now() + timeBudget;
}

/**
 * Sends the same request again until DynamoDB gives a definite answer; nothing is sent after `end`.
 * @throws Throttled when every attempt was throttled: nothing was written
 * @throws Unavailable when the time ran out and some attempt may have been carried out
 */
export async function untilAnswered<T>(send: () => Promise<T>, end: number): Promise<Answered<T>> {
  if (Date.now() >= end) throw new Unavailable('no time is left');
  let repeated = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { answer: await send(), repeated };
    } catch (error) {
      const kind = kindOf(error);
      if (kind === 'refused' && !repeated) throw error;
      if (kind === 'refused') throw new Unavailable('refused after an attempt without an answer', { cause: error });
      if (kind === 'unanswered') repeated = true;
      const pause = Math.random() * Math.min(50 * 2 ** attempt, 1_000);
      if (Date.now() + pause >= end) {
        throw repeated
          ? new Unavailable('no definite answer in time', { cause: error })
          : new Throttled('throttled in every attempt', { cause: error });
      }
      await sleep(pause);
    }
  }
}

const throttles: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
]);

function kindOf(error: unknown): 'throttled' | 'refused' | 'unanswered' {
  // Every error of a request that left this function has $metadata; one without it is a defect of ours.
  if (!(error instanceof Error) || !('$metadata' in error)) return 'refused';
  if (throttles.has(error.name)) return 'throttled';
  // A 4xx that DynamoDB did not write itself has no name that the SDK could read.
  const named = error instanceof DynamoDBServiceException && error.$fault === 'client' && error.name !== 'Unknown';
  return named ? 'refused' : 'unanswered';
}
