import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** One cold start: milliseconds, MiB, and how many of Node's builtins the import loaded. */
export type ColdStart = {
  readonly status: number | undefined;
  readonly init: number;
  readonly first: number;
  readonly total: number;
  readonly cpu: number;
  readonly memory: number;
  readonly builtins: number;
};

/** Imports a bundle in a fresh process, and calls its handler once, unless there is no event. @throws Error with what the process said */
export async function coldStart(
  module: string,
  event: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<ColdStart> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./cold-start.js', import.meta.url)), module], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(JSON.stringify(event ?? null));
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const line = out.slice(out.lastIndexOf('{"status"'), undefined).replace(/^[^{]*/, '');
  try {
    const found = /\{(?:"status":\d+,)?"init":.*\}$/.exec(out)?.[0];
    return JSON.parse(found ?? line);
  } catch {
    throw new Error(`${module} did not start: ${complaint || out}`);
  }
}
