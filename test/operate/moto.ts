import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort, waitUntilReachable } from '../../infra/local/listen.ts';
import { pythonPackages } from '../support/python-packages.ts';

/** Starts moto's server: AWS APIs in memory, without AWS's delays. */
export async function startMoto(): Promise<{ url: string; stop: () => Promise<void> }> {
  const bin = await pythonPackages('moto', ['moto[server]==5.2.5']);
  const port = await freePort();
  const child = spawn(`${bin}/moto_server`, ['--port', String(port)], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const kill = () => child.kill();
  process.once('exit', kill);
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReachable(`${url}/moto-api/data.json`);
  return {
    url,
    stop: async () => {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}
