import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it, jest } from '@jest/globals';
import { waitForExit } from '../support/npm-start.ts';

jest.setTimeout(60_000);

const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile('package.json', 'utf8'));

/** The scripts that run a program of this project and take arguments. */
const commands = Object.entries(scripts)
  .filter(([name, script]) => /\S+\.ts$/.test(script) && !['build', 'openapi'].includes(name))
  .map(([name, script]) => ({ name, file: script.split(' ').at(-1) ?? '' }));

async function run(program: string, args: readonly string[]) {
  // Without a PATH the command cannot install or start anything.
  const child = spawn(program, args, { env: { PATH: '/nowhere' } });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await waitForExit(child), stdout, stderr };
}

describe('the command', () => {
  it('start is among the tested commands', () => {
    expect(commands).toContainEqual({ name: 'start', file: 'infra/local/start.ts' });
    expect(commands.length).toBeGreaterThanOrEqual(10);
  });

  it.each(commands)('$name prints its help with --help and -h', async ({ name, file }) => {
    for (const flag of ['--help', '-h']) {
      const { code, stdout, stderr } = await run(process.execPath, [file, flag]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^(npm (run )?${name}\\b.*\n)+\n\\w`));
    }
  });

  // These two pass their arguments to jest.
  it.each(commands.filter(({ name }) => !['test:deploy', 'test:dynamodb-local'].includes(name)))(
    '$name rejects an unknown flag and points to its help',
    async ({ name, file }) => {
      const { code, stdout, stderr } = await run(process.execPath, [file, '--unknown']);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(`^Unknown option '--unknown': npm (run )?${name} -- --help lists the arguments\\.\n$`),
      );
    },
  );

  it.each(Object.entries(scripts).filter(([, script]) => /\bnode\b/.test(script)))(
    '%s checks the version of Node first',
    (_, script) => {
      expect(script).toMatch(/\bexec node -r \.\/infra\/require-node\.cjs /);
    },
  );
});

describe('require-node.cjs', () => {
  it.each(['v12.22.12', 'v20.20.2', 'v22.18.0'])(
    'tells the user of Node %s what to do, in one sentence',
    async (version) => {
      const oldNode = `Object.defineProperty(process, 'version', { value: '${version}' }); require('./infra/require-node.cjs')`;
      const { code, stderr } = await run(process.execPath, ['-e', oldNode]);
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`^This is Node ${version}, .* without --ignore-scripts, .*\\.\n$`));
    },
  );

  it('asks for npm ci if node_modules is missing', async () => {
    const withoutModules = `process.chdir('test'); require('./infra/require-node.cjs')`;
    expect(await run(process.execPath, ['-e', withoutModules])).toMatchObject({
      code: 1,
      stderr: 'Run npm ci first.\n',
    });
  });
});
