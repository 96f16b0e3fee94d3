import type { FunctionLog } from '../../infra/local/local-functions.ts';

/** Passes each log line of a function to `write`, in the format of the deployed function. */
export function functionLog(write: (line: string) => void): FunctionLog {
  return { functionLine: (_, line) => write(`${JSON.stringify(line)}\n`), error: () => {} };
}
