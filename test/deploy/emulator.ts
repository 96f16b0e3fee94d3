import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, waitUntilReachable } from '../../infra/local/listen.ts';
import { say } from '../support/progress.ts';
import { pythonPackages } from '../support/python-packages.ts';

/** An emulated AWS on this machine: its URL, the environment for programs that use it, and how to stop it. */
export type Emulator = {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

// Without cryptography, MiniStack rejects every JWT.
const packages = ['ministack==1.5.33', 'cryptography==48.0.0'];

/** Starts MiniStack on the loopback address. It stores nothing after it stops. */
export async function startEmulator(): Promise<Emulator> {
  const bin = await pythonPackages('ministack', packages);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // MiniStack writes only to this folder, which is deleted when it stops.
  const folder = await mkdtemp(join(tmpdir(), 'appointments-deploy-'));
  const log = await open(join(folder, 'emulator.log'), 'w');
  say(`starting the emulated AWS on ${url}`);
  const child = spawn(resolve(bin, 'ministack'), {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      // MiniStack runs the functions with the first `node` on the PATH.
      PATH: `${resolve('node_modules/.bin')}:${process.env.PATH}`,
      TMPDIR: folder,
      STATE_DIR: join(folder, 'state'),
      S3_DATA_DIR: join(folder, 's3'),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0',
      // If the trigger throws, the client gets no token, as in AWS.
      MINISTACK_COGNITO_PRETOKEN_STRICT: '1',
    },
  });
  const ended = once(child, 'exit');
  // MiniStack starts a process for each function. Kill the whole process group, even if this process exits early.
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid);
  };
  process.once('exit', kill);
  const stop = async () => {
    kill();
    await ended;
    await log.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([
      waitUntilReachable(`${url}/_ministack/health`),
      ended.then(() => Promise.reject(new Error('The emulator exited before it was ready.'))),
    ]);
  } catch (error) {
    say(await (await openAsBlob(join(folder, 'emulator.log'))).text());
    await stop();
    throw error;
  }
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stop,
  };
}
