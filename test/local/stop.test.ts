import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { descendantsOf, endAll, ended, gone, started } from '../support/npm-start.ts';

// Each start synthesizes the stack, which takes long on a busy machine.
jest.setTimeout(60_000);

afterEach(endAll);

const npmStart = ['npm', 'start', '--silent', '--'];

describe('npm start stops', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('with %s, and its database with it', async (signal) => {
    const { child } = await started();
    const processes = descendantsOf(child.pid);
    expect(processes.length).toBeGreaterThan(0);
    child.kill(signal);
    expect(await ended(child)).toBe(0);
    await gone(processes);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('when npm gets a %s', async (signal) => {
    const { child } = await started([], {}, npmStart);
    // The server, the database, and the process that watches it.
    const processes = descendantsOf(child.pid);
    expect(processes.length).toBeGreaterThanOrEqual(3);
    child.kill(signal);
    await gone(processes);
  });

  it('with its database, if it gets a SIGKILL itself', async () => {
    const { child } = await started();
    const processes = descendantsOf(child.pid);
    child.kill('SIGKILL');
    await gone(processes);
  });

  it('with one sentence, if its database ends', async () => {
    const { child } = await started();
    const complaint = text(child.stderr);
    const [database = 0] = descendantsOf(child.pid);
    process.kill(database, 'SIGKILL');
    expect(await ended(child)).toBe(1);
    expect(await complaint).toBe('The database ended (SIGKILL), so the stack stops.\n');
  });

  it('not when a script has read the first line and closes the pipe', async () => {
    const { child, apiUrl } = await started();
    child.stdout.destroy();
    for (let n = 0; n < 3; n += 1) expect((await fetch(`${apiUrl}/nowhere`)).status).toBe(404);
  });

  it('not when the shell ends that started npm in the background', async () => {
    const shell = spawn('sh', ['-c', 'npm start --silent & echo $!'], {
      env: { PATH: process.env.PATH, PORT: '0', AUTH_PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [npm] = await once(shell.stdout, 'data');
    const [line] = await once(shell.stdout, 'data');
    const { apiUrl } = JSON.parse(String(line));
    expect(shell.exitCode).toBe(0);
    expect((await fetch(`${apiUrl}/nowhere`)).status).toBe(404);
    const processes = descendantsOf(Number(npm));
    process.kill(Number(npm));
    await gone(processes);
  });
});
