import { channel } from 'node:diagnostics_channel';

/** Carries each logged error as a whole. Nothing subscribes to it in a deployed function; the local stack prints what it receives. */
export const errorChannel = 'appointments.error';

const errors = channel(errorChannel);

type LoggableError = { readonly name: string; readonly code?: string; readonly metadata?: unknown };

/**
 * What a log may say about an error: the name of its root cause, the code of a failed connection (`ECONNRESET`), and AWS's
 * id of the request. Its message may quote what a client sent.
 */
export function loggableError(error: unknown): LoggableError {
  errors.publish(error);
  return nameOf(error);
}

function nameOf(error: unknown): LoggableError {
  if (!(error instanceof Error)) return { name: 'unknown' };
  if (error.cause instanceof Error) return nameOf(error.cause);
  const { code } = { code: undefined, ...error };
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    ...('$metadata' in error && { metadata: error.$metadata }),
  };
}
