import { inspect } from 'node:util';

/** Describes an error for a developer, with its stack and the stacks of its causes. If the database did not respond, only with their messages. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const expected = error.name === 'OutcomeUnknownError';
  const text = expected ? error.message : (error.stack ?? error.message);
  return error.cause === undefined ? text : `${text}${expected ? ': ' : '\ncaused by '}${explain(error.cause)}`;
}
