import { execFile } from 'node:child_process';
import { cp, glob, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { endAll, type Started, started } from '../support/npm-start.ts';
import { pythonPackages } from '../support/python-packages.ts';
import { isInstalled, paste, shellBlocks, shells } from '../support/shell.ts';

// npm start synthesizes the stack, and pip may install the SDK.
jest.setTimeout(180_000);

const run = promisify(execFile);

describe('the example', () => {
  let stack: Started;
  let authUrl: string;

  beforeAll(async () => {
    stack = await started();
    ({ authUrl } = stack.lines[0]);
  });
  afterAll(endAll);

  /** Runs an example with the credentials of that client, and returns the lines that it prints. */
  async function outputOf(client: string, command: string, args: readonly string[]): Promise<string[]> {
    const environment = { API_URL: stack.apiUrl, AUTH_URL: authUrl };
    const { stdout } = await run(command, args, {
      env: { ...process.env, ...environment, CLIENT_ID: client, CLIENT_SECRET: `${client}-secret` },
    });
    return stdout.trim().split('\n');
  }

  const expectedOutput = [
    'created version 1',
    'updated to version 2, READY',
    'conflict: the latest version is 2',
    'violation: /work_queue not_ready_needs_work_queue',
    'changed: version 2, READY',
  ];

  it('client.ts creates, updates, gets a conflict and a violation, and follows changes', async () => {
    expect(await outputOf('typescript', process.execPath, ['test/examples/client.ts'])).toEqual(expectedOutput);
  });

  const python = isInstalled('python3') ? it : it.skip;
  python('client.py does the same, and retries the failed writes of the client flaky', async () => {
    const bin = await pythonPackages('candidhealth', ['candidhealth==1.37.0']);
    const args = ['-W', 'ignore', 'test/examples/client.py'];
    expect(await outputOf('python', `${bin}/python`, args)).toEqual(expectedOutput);
    expect(await outputOf('flaky', `${bin}/python`, args)).toEqual(expectedOutput);
  });

  it('jest/ starts the service, runs the tests of another project, and stops the service', async () => {
    const project = await mkdtemp(join(tmpdir(), 'appointments-project-'));
    await cp('test/examples/jest', project, { recursive: true });
    await symlink(resolve('node_modules'), join(project, 'node_modules'));
    const { stderr } = await run(process.execPath, [resolve('node_modules/jest/bin/jest.js'), '--rootDir', project], {
      cwd: project,
      env: { PATH: process.env.PATH, APPOINTMENTS_SERVICE: process.cwd() },
    });
    expect(stderr).toMatch(/^Tests: +2 passed, 2 total$/m);
    expect(stderr).not.toContain('did not exit');
    await rm(project, { recursive: true });
  });

  describe.each(shells)('pasted into %s', (...shell) => {
    async function pasteExample(script: string): Promise<string> {
      const text = (await readFile(`test/examples/${script}`, 'utf8'))
        .replaceAll('http://localhost:4000', stack.apiUrl)
        .replaceAll('http://localhost:5050', authUrl);
      return paste(shell, text);
    }

    it('quick-start.sh creates, updates, and gets a conflict', async () => {
      const output = await pasteExample('quick-start.sh');
      expect(output).toMatch(/^Version 1: \{.*"version":1,/m);
      expect(output).toMatch(/^Version 2: \{.*"version":2,/m);
      expect(output).toMatch(
        /^A second writer of version 2: \{"errorName":"VersionConflictError",.*"latest_version":2/m,
      );
    });

    it('session.sh calls every route', async () => {
      const output = await pasteExample('session.sh');
      expect(output.match(/"errorName":"\w+"/g)).toEqual([
        '"errorName":"VersionConflictError"',
        '"errorName":"UnprocessableEntityError"',
        '"errorName":"ServiceUnavailableError"',
      ]);
      const [, history = ''] = /Read every version, oldest first:\r?\n(.*)/.exec(output) ?? [];
      expect(JSON.parse(history).map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4]);
      expect(output).toMatch(/^link: <.*since=.*>; rel="next"/m);
    });
  });
});

describe.each(shells)('README.md, *In your tests*, pasted into %s', (...shell) => {
  const [tests, example] = shellBlocks('README.md').filter(({ heading }) => heading === 'In your tests');
  // Otherwise the npm of this test would pass on its own settings.
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME };

  it('runs the tests of the update', () => {
    paste(shell, tests?.text ?? 'false', environment);
  });

  it('runs the tests of the example', () => {
    paste(shell, example?.text ?? 'false', environment);
  });
});

describe('a code block in a document', () => {
  it('equals the example that its marker names', async () => {
    const quoted: string[] = [];
    for await (const file of glob(['*.md', '{infra,lambda,test}/**/*.md'], { exclude: ['**/node_modules/**'] })) {
      const text = await readFile(file, 'utf8');
      for (const [, example = '', , block] of text.matchAll(/<!-- (\S+) -->\n```(\w+)\n(.*?)```\n/gs)) {
        expect({ file, example, block }).toEqual({ file, example, block: await contentOf(example) });
        expect(block).toMatch(/\w/);
        quoted.push(example);
      }
    }
    expect(quoted).toContain('test/examples/quick-start.sh');
    expect(quoted).toContain('test/examples/client.ts#write');
  });

  /** The file, or its part between `region NAME` and `endregion`. */
  async function contentOf(example: string): Promise<string> {
    const [file = '', region] = example.split('#');
    const text = await readFile(file, 'utf8');
    if (region === undefined) return text;
    const lines = text.split('\n');
    const start = lines.findIndex((line) => line.endsWith(`region ${region}`));
    const end = lines.findIndex((line, n) => n > start && line.endsWith('endregion'));
    if (start < 0 || end < 0) throw new Error(`${file} has no region ${region}.`);
    return `${lines.slice(start + 1, end).join('\n')}\n`;
  }
});
