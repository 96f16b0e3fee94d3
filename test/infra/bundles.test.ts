import { glob, readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { coldStart } from '../bench/cold.ts';

// The cost of a cold start that does not depend on the machine. If a change exceeds a limit, find out what it added
// (esbuild's metafile lists it). Raise the limit only for something that is worth a slower start for every user.

/** The size of the bundle in KiB, and the number of Node builtins that a start loads (an empty module loads 11). */
const limits: Readonly<Record<string, readonly [size: number, builtins: number]>> = {
  'update-appointment': [152, 70],
  'create-appointment': [152, 70],
  'deactivate-appointment': [103, 70],
  'get-appointment': [99, 70],
  'get-history': [102, 70],
  'scan-updates': [105, 70],
  'record-history': [79, 70],
  'publish-changes': [315, 90],
  'issue-token': [12, 12],
  'set-organization-claim': [1, 11],
};

const environment = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  APPOINTMENTS_TABLE: 'a',
  HISTORY_TABLE: 'h',
  EVENT_BUS: 'b',
  TOKEN_URL: 'http://127.0.0.1:9',
};

describe('a bundle', () => {
  it('of every function has limits here', async () => {
    const functions = await Array.fromAsync(glob('lambda/*.ts'), (path) => basename(path, '.ts'));
    expect(functions.toSorted()).toEqual(Object.keys(limits).toSorted());
  });

  it.each(Object.entries(limits))(
    'of %s stays within its size and its number of loaded builtins',
    async (name, [size, builtins]) => {
      expect(Math.ceil((await bundleOf(name)).length / 1_024)).toBeLessThanOrEqual(size);
      const { builtins: loaded } = await coldStart(resolve(`dist/${name}/index.mjs`), undefined, environment);
      expect(loaded).toBeLessThanOrEqual(builtins);
    },
  );

  it.each(Object.keys(limits))('of %s is one file without import statements', async (name) => {
    const files = await Array.fromAsync(glob(`dist/${name}/*`), (path) => basename(path));
    expect(files).toEqual(['index.mjs']);
    expect(await bundleOf(name)).not.toMatch(/(^|[;}])import[\s"{*(]/);
  });

  const withOwnClient = Object.keys(limits).filter((name) => name !== 'publish-changes');
  it.each(withOwnClient)('of %s does not contain the SDK’s credential chain', async (name) => {
    expect((await bundleOf(name)).includes('credential_process')).toBe(false);
  });

  it.each(['get-appointment', 'get-history', 'scan-updates', 'deactivate-appointment', 'record-history'])(
    'of %s does not contain the validator',
    async (name) => {
      expect((await bundleOf(name)).includes('instancePath')).toBe(false);
    },
  );
});

function bundleOf(name: string): Promise<string> {
  return readFile(`dist/${name}/index.mjs`, 'utf8');
}
