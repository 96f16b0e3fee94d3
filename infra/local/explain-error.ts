import { inspect } from 'node:util';

/** An error as a developer wants to read it: its stack and those of its causes. If the database did not respond, the messages say enough. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const expected = error.name === 'OutcomeUnknownError';
  const text = expected ? error.message : (error.stack ?? error.message);
  return error.cause === undefined ? text : `${text}${expected ? ': ' : '\ncaused by '}${explain(error.cause)}`;
}
