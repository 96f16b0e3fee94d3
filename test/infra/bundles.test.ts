import { glob, readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { coldStart } from '../bench/cold.ts';
import { sizeOf } from '../bench/size-of.ts';

// What a cold start costs, as far as it does not depend on the machine. Who goes over a limit looks for what came in
// (esbuild's metafile tells), and raises the limit only for something that is worth every user's wait.

/** KiB that a start reads, KiB of all files, and builtins of Node's that a start loads (an empty one loads 11). */
const limits: Readonly<Record<string, readonly [start: number, all: number, builtins: number]>> = {
  'update-appointment': [126, 450, 67],
  'create-appointment': [126, 450, 67],
  'deactivate-appointment': [101, 385, 67],
  'get-appointment': [97, 380, 67],
  'get-history': [98, 382, 67],
  'scan-updates': [98, 382, 67],
  'record-history': [91, 375, 67],
  'issue-token': [8, 8, 11],
  'set-organization-claim': [1, 1, 11],
};

const environment = {
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  APPOINTMENTS_TABLE: 'a',
  HISTORY_TABLE: 'h',
  TOKEN_URL: 'http://127.0.0.1:9',
};

describe('a bundle', () => {
  it('is made for each function that has limits here', async () => {
    const functions = await Array.fromAsync(glob('lambda/*.ts'), (path) => basename(path, '.ts'));
    expect(functions.toSorted()).toEqual(Object.keys(limits).toSorted());
  });

  it.each(Object.entries(limits))(
    'of %s reads and loads no more than its limits',
    async (name, [start, all, builtins]) => {
      const { startBytes, startFiles, bytes } = sizeOf(await filesOf(name));
      const { builtins: loaded } = await coldStart(resolve(`dist/${name}/index.mjs`), undefined, environment);
      expect(startFiles).toBe(1);
      expect(Math.ceil(startBytes / 1_024)).toBeLessThanOrEqual(start);
      expect(Math.ceil(bytes / 1_024)).toBeLessThanOrEqual(all);
      expect(loaded).toBeLessThanOrEqual(builtins);
    },
  );

  it.each(['update-appointment', 'create-appointment'])(
    'of %s has a validator in its start, which names no error',
    async (name) => {
      const start = await startOf(name);
      expect(start.includes('MEDICARE_ADVANTAGE_CONVERSION')).toBe(true);
      expect(start.includes('missingProperty')).toBe(false);
    },
  );

  it.each(['get-appointment', 'get-history', 'scan-updates', 'deactivate-appointment', 'record-history'])(
    'of %s has no validator in any of its files',
    async (name) => {
      for (const { text } of await filesOf(name)) expect(text.includes('MEDICARE_ADVANTAGE_CONVERSION')).toBe(false);
    },
  );

  it.each(Object.keys(limits))('of %s has nothing defined away that it calls', async (name) => {
    for (const { text } of await filesOf(name))
      expect(text).not.toMatch(/\(void 0\)[.([]|new\(void 0|instanceof void 0/);
  });

  it.each(Object.keys(limits))('of %s loads no web client and no chain of credentials at its start', async (name) => {
    const start = await startOf(name);
    expect(/\bfrom"[^:]|\bimport"/.test(start)).toBe(false);
    expect(start.includes('credential_process')).toBe(false);
  });
});

async function filesOf(name: string) {
  const paths = await Array.fromAsync(glob(`dist/${name}/*.mjs`));
  return Promise.all(
    paths.map(async (path) => {
      const contents = await readFile(path);
      return { path, contents, text: contents.toString() };
    }),
  );
}

async function startOf(name: string): Promise<string> {
  return readFile(`dist/${name}/index.mjs`, 'utf8');
}
