import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalFunctions } from '../../infra/local/local-functions.ts';
import { functionLog } from '../support/function-log.ts';

const module = `
let calls = 0;
export const handler = async ({ wait = 0 }) => {
  calls += 1;
  await new Promise((resolve) => setTimeout(resolve, wait));
  console.info({ calls });
  return { calls, key: process.env.AWS_ACCESS_KEY_ID };
};`;

describe('a local function', () => {
  let folder: string;
  let log = '';
  let keys = { AWS_ACCESS_KEY_ID: 'first' };
  let functions: LocalFunctions;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'appointments-functions-'));
    await writeFile(join(folder, 'index.mjs'), module);
    const settings = { id: 'f', name: 'f', module: join(folder, 'index.mjs'), handler: 'handler', environment: {} };
    functions = new LocalFunctions(
      [{ ...settings, timeout: 20, memorySize: 128 }],
      async () => keys,
      functionLog((line) => {
        log += line;
      }),
    );
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('keeps its state between calls, as in Lambda', async () => {
    expect(await functions.invoke('f', {})).toEqual({ calls: 1, key: 'first' });
    expect(await functions.invoke('f', {})).toEqual({ calls: 2, key: 'first' });
  });

  it('restarts with renewed credentials, after its running calls have finished', async () => {
    const running = functions.invoke('f', { wait: 200 });
    await functions.invoke('f', {});
    keys = { AWS_ACCESS_KEY_ID: 'second' };
    expect(await functions.invoke('f', {})).toEqual({ calls: 1, key: 'second' });
    expect(await running).toMatchObject({ key: 'first' });
  });

  it('loses no log line when it stops', async () => {
    await Promise.all(Array.from({ length: 50 }, () => functions.invoke('f', {})));
    await functions.stop();
    expect(log).toContain('"calls":51');
  });
});
