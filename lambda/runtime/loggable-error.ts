import { channel } from 'node:diagnostics_channel';

/** Carries each logged error as a whole. Nothing subscribes to it in a deployed function; the local stack prints what it receives. */
export const errorChannel = 'appointments.error';

const errors = channel(errorChannel);

/** What a log may say about an error: the name of its root cause, and AWS's id of the request. Its message may quote what a client sent. */
export function loggableError(error: unknown): { readonly name: string; readonly metadata?: unknown } {
  errors.publish(error);
  return nameOf(error);
}

function nameOf(error: unknown): { readonly name: string; readonly metadata?: unknown } {
  if (!(error instanceof Error)) return { name: 'unknown' };
  if (error.cause instanceof Error) return nameOf(error.cause);
  return { name: error.name, ...('$metadata' in error && { metadata: error.$metadata }) };
}
