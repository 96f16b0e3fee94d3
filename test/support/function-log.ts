import type { FunctionLog } from '../../infra/local/local-functions.ts';

/** A function's log, line by line, as it is when it is deployed. */
export function functionLog(write: (line: string) => void): FunctionLog {
  return { functionLine: (_, line) => write(`${JSON.stringify(line)}\n`), error: () => {} };
}
