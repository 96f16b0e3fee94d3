import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { descendantsOf, endAll, started, waitForExit, waitUntilGone } from '../support/npm-start.ts';

// Each start synthesizes the stack, which is slow on a busy machine.
jest.setTimeout(60_000);

afterEach(endAll);

const npmStart = ['npm', 'start', '--silent', '--'];

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops itself and its database on %s', async (signal) => {
    const { child } = await started();
    const processes = descendantsOf(child.pid);
    expect(processes.length).toBeGreaterThan(0);
    child.kill(signal);
    expect(await waitForExit(child)).toBe(0);
    await waitUntilGone(processes);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('stops when npm gets %s', async (signal) => {
    const { child } = await started([], {}, npmStart);
    // The server, the database, and the process that watches it.
    const processes = descendantsOf(child.pid);
    expect(processes.length).toBeGreaterThanOrEqual(3);
    child.kill(signal);
    await waitUntilGone(processes);
  });

  it('leaves no database behind on SIGKILL', async () => {
    const { child } = await started();
    const processes = descendantsOf(child.pid);
    child.kill('SIGKILL');
    await waitUntilGone(processes);
  });

  it('stops with one sentence if its database ends', async () => {
    const { child } = await started();
    const stderr = text(child.stderr);
    const [database = 0] = descendantsOf(child.pid);
    process.kill(database, 'SIGKILL');
    expect(await waitForExit(child)).toBe(1);
    expect(await stderr).toBe('The database ended (SIGKILL), so the stack stops.\n');
  });

  it('keeps running when a script closes the pipe after the first line', async () => {
    const { child, apiUrl } = await started();
    child.stdout.destroy();
    for (let n = 0; n < 3; n += 1) expect((await fetch(`${apiUrl}/nowhere`)).status).toBe(404);
  });

  it('keeps running when the shell that started it in the background ends', async () => {
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
    await waitUntilGone(processes);
  });
});
