/** What a log may say about an error: the name of its root cause, and AWS's id of the request. Its message may quote what a client sent. */
export function loggableError(error: unknown): { readonly name: string; readonly metadata?: unknown } {
  if (!(error instanceof Error)) return { name: 'unknown' };
  if (error.cause instanceof Error) return loggableError(error.cause);
  return { name: error.name, ...('$metadata' in error && { metadata: error.$metadata }) };
}
