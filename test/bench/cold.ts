import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** One cold start: milliseconds, CPU time too, MiB, and how many of Node's builtins the import loaded. */
export type ColdStart = {
  readonly status: number | undefined;
  readonly init: number;
  readonly first: number;
  readonly total: number;
  readonly cpu: number;
  readonly firstCpu: number;
  readonly memory: number;
  readonly builtins: number;
};

/** Imports a bundle in a fresh process, and calls its handler once, unless there is no event. @throws Error with what the process said */
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
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const found = out.split('\n').at(-1);
  if (!found) throw new Error(`${module} did not start: ${complaint || out}`);
  return JSON.parse(found);
}
