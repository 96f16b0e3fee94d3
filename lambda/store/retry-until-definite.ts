import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { OutcomeUnknownError, ThrottledError } from '../appointment/errors.ts';

/** Retry budget of one request, in milliseconds. The last attempt may exceed it by its own timeout. */
export const retryBudgetMs = 8_000;

/** Timeouts of one attempt, in milliseconds: for the connection, for the start of the response, and for the rest of the response. */
export const attemptTimeout = { connectionTimeout: 1_000, requestTimeout: 2_000, socketTimeout: 2_000 } as const;

/** A definite result, and whether an earlier attempt was lost: no response arrived, and DynamoDB may have executed it. */
export type DefiniteResult<T> = { readonly output: T; readonly attemptLost: boolean };

/** The time at which a request that starts now stops retrying. All its calls to DynamoDB share this deadline. */
export function deadline(): number {
  return Date.now() + retryBudgetMs;
}

/**
 * Sends the same request until DynamoDB returns a definite result. Sends nothing after `end`.
 * @throws ThrottledError if every attempt was throttled, so nothing was written
 * @throws OutcomeUnknownError if time ran out and DynamoDB may have executed an attempt
 */
export async function retryUntilDefinite<T>(send: () => Promise<T>, end: number): Promise<DefiniteResult<T>> {
  if (Date.now() >= end) throw new OutcomeUnknownError('no time is left');
  let attemptLost = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { output: await send(), attemptLost };
    } catch (error) {
      const result = resultOf(error);
      if (result === 'refused' && !attemptLost) throw error;
      if (result === 'refused') throw new OutcomeUnknownError('refused after a lost attempt', { cause: error });
      if (result === 'lost') attemptLost = true;
      const pause = Math.random() * Math.min(50 * 2 ** attempt, 1_000);
      if (Date.now() + pause >= end) {
        throw attemptLost
          ? new OutcomeUnknownError('no definite result in time', { cause: error })
          : new ThrottledError('throttled in every attempt', { cause: error });
      }
      await sleep(pause);
    }
  }
}

const throttlingErrors: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
]);

function resultOf(error: unknown): 'throttled' | 'refused' | 'lost' {
  // Every error after sending has $metadata. An error without it is a bug in this code.
  if (!(error instanceof Error) || !('$metadata' in error)) return 'refused';
  if (throttlingErrors.has(error.name)) return 'throttled';
  // A 4xx from a proxy on the way to DynamoDB has no exception name that the SDK can read.
  const named = error instanceof DynamoDBServiceException && error.$fault === 'client' && error.name !== 'Unknown';
  return named ? 'refused' : 'lost';
}
