import { channel } from 'node:diagnostics_channel';

/** The channel that publishes each logged error in full. A deployed function has no subscriber; the local stack prints the errors. */
export const errorChannel = 'appointments.error';

const errors = channel(errorChannel);

type LoggableError = { readonly name: string; readonly code?: string; readonly metadata?: unknown };

/**
 * The part of an error that a log may contain: the name of its root cause, the code of a failed connection (`ECONNRESET`), and
 * AWS's metadata with the request id. Not the message, because it may quote what a client sent.
 */
export function loggableError(error: unknown): LoggableError {
  errors.publish(error);
  return rootCauseOf(error);
}

function rootCauseOf(error: unknown): LoggableError {
  if (!(error instanceof Error)) return { name: 'unknown' };
  if (error.cause instanceof Error) return rootCauseOf(error.cause);
  const { code } = { code: undefined, ...error };
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    ...('$metadata' in error && { metadata: error.$metadata }),
  };
}
