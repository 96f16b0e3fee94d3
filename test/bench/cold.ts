import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** One cold start. Times are milliseconds. */
export type ColdStart = {
  readonly status: number | undefined;
  /** Time of the import. */
  readonly init: number;
  /** Time of the first call. */
  readonly first: number;
  readonly total: number;
  /** CPU time of import and first call. */
  readonly cpu: number;
  /** CPU time of the first call. */
  readonly firstCpu: number;
  /** MiB. */
  readonly memory: number;
  /** How many of Node's builtin modules the import loaded. */
  readonly builtins: number;
};

/**
 * Imports a bundle in a fresh process. If there is an event, calls the handler once with it.
 * @throws Error with the output of the process, if it fails
 */
export async function coldStart(
  module: string,
  event: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<ColdStart> {
  const script = fileURLToPath(new URL('./cold-start.js', import.meta.url));
  const child = spawn(process.execPath, [script, module, ...(event ? [JSON.stringify(event)] : [])], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const lastLine = stdout.split('\n').at(-1);
  if (!lastLine) throw new Error(`${module} did not start: ${stderr || stdout}`);
  return JSON.parse(lastLine);
}
