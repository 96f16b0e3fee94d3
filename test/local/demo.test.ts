import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../infra/local/listen.ts';
import { apiUrl, call } from '../support/api.ts';

const acme = ['--client-id', 'acme', '--client-secret', 'acme-secret'];

function demo(...flags: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['infra/local/demo.ts', ...flags]);
}

describe('npm run demo -- --url', () => {
  it('runs against that stack, prints its URL, and leaves one deactivated appointment', async () => {
    const { stdout } = await demo('--url', `${apiUrl()}/`, ...acme);
    expect(stdout).toContain(`Using the deployed stack at ${apiUrl()};`);
    expect(stdout).toContain('1 won: Writer');
    expect(stdout).toContain('All checks passed.');
    const [, id] = /id ([0-9a-f-]{36})/.exec(stdout) ?? [];
    expect((await call('GET', `/${id}`)).json).toMatchObject({ version: 4, deactivated: true });
  });

  it.each([
    ['a wrong secret', () => [apiUrl(), 'wrong'], 'rejects the client: check --client-id and --client-secret.'],
    ['a port where nothing listens', () => ['http://127.0.0.1:1', 'acme-secret'], 'did not respond: check --url'],
    ['a value that is not a URL', () => ['api', 'acme-secret'], 'api did not respond: check --url'],
    ['no secret', () => [apiUrl(), ''], 'needs all of --url, --client-id and --client-secret.'],
  ])('explains in one sentence: %s', async (_, flags, sentence) => {
    const [url = '', secret = ''] = flags();
    const failed = demo('--url', url, '--client-id', 'acme', '--client-secret', secret);
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^[^\n]+\.\n$/) });
    await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining(sentence) });
  });

  it('explains in one sentence that the URL is not this service', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    const url = `http://127.0.0.1:${await listen(server)}`;
    await expect(demo('--url', url, ...acme)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${url} responded 404 to a request for a token: check --url`),
    });
    server.close();
  });
});
