/** What a log may say of an error: the name of what is at the bottom of it, and under which id AWS knows that. Its message may quote what a client sent. */
export function causeOf(error: unknown): { readonly name: string; readonly metadata?: unknown } {
  if (!(error instanceof Error)) return { name: 'unknown' };
  if (error.cause instanceof Error) return causeOf(error.cause);
  return { name: error.name, ...('$metadata' in error && { metadata: error.$metadata }) };
}
