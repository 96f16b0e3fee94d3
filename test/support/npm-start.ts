import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

// biome-ignore lint/suspicious/noExplicitAny: each test checks the shape that it expects
type Line = any;

/** `npm start`, running as a separate process. */
export type Started = {
  readonly child: ChildProcessWithoutNullStreams;
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly databaseUrl: string;
  /** The lines that it has printed: first its URLs, then a line for each request. */
  readonly lines: readonly Line[];
};

const running = new Set<ChildProcessWithoutNullStreams>();

/** Starts it on free ports. `command` replaces the command of the npm script. */
export function spawnStart(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  command: readonly string[] = [process.execPath, 'infra/local/start.ts'],
): ChildProcessWithoutNullStreams {
  const [program = '', ...first] = command;
  const child = spawn(program, [...first, ...args], {
    env: { PATH: process.env.PATH, PORT: '0', AUTH_PORT: '0', ...environment },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Starts it and waits until it accepts requests. */
export async function started(...how: Parameters<typeof spawnStart>): Promise<Started> {
  const child = spawnStart(...how);
  let errorOutput = '';
  child.stderr.on('data', (chunk) => {
    errorOutput += chunk;
  });
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  while (lines.length === 0) {
    if (!running.has(child)) throw new Error(`npm start exited: ${errorOutput}`);
    await sleep(20);
  }
  return { child, ...lines[0], lines };
}

/** Waits until the process has exited. Returns its exit code, or the signal that ended it. */
export async function waitForExit(child: ChildProcessWithoutNullStreams): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

/** Kills every process that a test has left running. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      child.kill('SIGKILL');
      return waitForExit(child);
    }),
  );
}

/** Requests a token for the client. */
export async function tokenFrom({ tokenUrl }: Pick<Started, 'tokenUrl'>, client = 'acme'): Promise<string> {
  const body = JSON.stringify({ client_id: client, client_secret: `${client}-secret` });
  const response = await fetch(tokenUrl, { method: 'POST', headers: json, body });
  const { access_token } = Object(await response.json());
  return String(access_token);
}

const json = { 'content-type': 'application/json' };

/** Sends a request to its appointments API. Returns the status and the parsed body. */
export async function ask(stack: Started, method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(`${stack.apiUrl}/appointments/v1${path}`, {
    method,
    headers: { ...json, authorization: `Bearer ${token ?? (await tokenFrom(stack))}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: Line = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, json: parsed };
}

/** The child processes of a process, and their descendants. */
export function descendantsOf(pid: number | undefined): number[] {
  const rows = processes();
  const children = rows.filter(({ parent }) => parent === pid).map((row) => row.pid);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Waits until none of these processes is left. @throws Error after two seconds */
export async function waitUntilGone(pids: readonly number[]): Promise<void> {
  const end = Date.now() + 2_000;
  for (;;) {
    // A zombie has exited; its parent has not read its status yet.
    const left = processes().filter(({ pid, state }) => pids.includes(pid) && !state.startsWith('Z'));
    if (left.length === 0) return;
    if (Date.now() > end) throw new Error(`still running: ${left.map(({ command }) => command).join(', ')}`);
    await sleep(50);
  }
}

function processes(): { pid: number; parent: number; state: string; command: string }[] {
  const table = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return table.split('\n').map((row) => {
    const [pid, parent, state = '', ...command] = row.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state, command: command.join(' ') };
  });
}
