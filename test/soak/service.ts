import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** `npm start` in its own process, so that its memory can be measured. */
export type Service = {
  readonly apiUrl: string;
  readonly authUrl: string;
  /** Resident memory, in MiB. */
  readonly memory: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

export async function startService(dynamodb: string): Promise<Service> {
  const child = spawn(process.execPath, ['infra/local/start.ts'], {
    env: { ...process.env, PORT: '0', AUTH_PORT: '0', AWS_ENDPOINT_URL_DYNAMODB: dynamodb },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill();
  process.once('exit', kill);
  const { apiUrl, authUrl } = await urlsOf(child);
  return {
    apiUrl,
    authUrl,
    memory: async () => {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      return Number(kilobytes) / 1_024;
    },
    stop: async () => {
      process.off('exit', kill);
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** Reads the URLs from the first line of output, and discards all later lines. */
async function urlsOf(child: ChildProcess): Promise<{ apiUrl: string; authUrl: string }> {
  if (!child.stdout) throw new Error('The service has no stdout.');
  const input = child.stdout;
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('exit', () => reject(new Error(`The service did not start: ${stderr}`)));
    createInterface({ input }).once('line', (line) => {
      resolve(JSON.parse(line));
      input.resume();
    });
  });
}
