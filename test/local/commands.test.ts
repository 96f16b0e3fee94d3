import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it, jest } from '@jest/globals';
import { ended } from '../support/npm-start.ts';

jest.setTimeout(60_000);

const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile('package.json', 'utf8'));

/** The scripts that run a program of this project, but for those that take no arguments. */
const commands = Object.entries(scripts)
  .filter(([name, script]) => /\S+\.ts$/.test(script) && !['build', 'openapi'].includes(name))
  .map(([name, script]) => ({ name, file: script.split(' ').at(-1) ?? '' }));

async function run(program: string, args: readonly string[]) {
  // Without a database, without npm: whatever it would install or start, it could not.
  const child = spawn(program, args, { env: { PATH: '/nowhere' } });
  const [printed, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended(child), printed, complaint };
}

describe('the command', () => {
  it('start is among those that are tested', () => {
    expect(commands).toContainEqual({ name: 'start', file: 'infra/local/start.ts' });
    expect(commands.length).toBeGreaterThanOrEqual(10);
  });

  it.each(commands)('$name explains itself with --help and -h', async ({ name, file }) => {
    for (const flag of ['--help', '-h']) {
      const { code, printed, complaint } = await run(process.execPath, [file, flag]);
      expect({ code, complaint }).toEqual({ code: 0, complaint: '' });
      expect(printed).toMatch(new RegExp(`^npm (run )?${name}\\b.*\n\n\\w`));
    }
  });

  // Jest explains its own arguments.
  it.each(commands.filter(({ name }) => !['test:deploy', 'test:dynamodb-local'].includes(name)))(
    '$name points to its help for a flag that it does not know',
    async ({ name, file }) => {
      const { code, printed, complaint } = await run(process.execPath, [file, '--unknown']);
      expect({ code, printed }).toEqual({ code: 1, printed: '' });
      expect(complaint).toMatch(
        new RegExp(`^Unknown option '--unknown': npm (run )?${name} -- --help lists the arguments\\.\n$`),
      );
    },
  );

  it.each(Object.entries(scripts).filter(([, script]) => /\bnode\b/.test(script)))(
    '%s asks for the right Node first',
    (_, script) => {
      expect(script).toMatch(/\bexec node -r \.\/infra\/require-node\.cjs /);
    },
  );
});

describe('require-node.cjs', () => {
  it.each(['v12.22.12', 'v20.20.2', 'v22.18.0'])('says in one sentence what to do with Node %s', async (version) => {
    const asOld = `Object.defineProperty(process, 'version', { value: '${version}' }); require('./infra/require-node.cjs')`;
    const { code, complaint } = await run(process.execPath, ['-e', asOld]);
    expect(code).toBe(1);
    expect(complaint).toMatch(new RegExp(`^This is Node ${version}, .* without --ignore-scripts, .*\\.\n$`));
  });

  it('says what to do before npm ci', async () => {
    const elsewhere = `process.chdir('test'); require('./infra/require-node.cjs')`;
    expect(await run(process.execPath, ['-e', elsewhere])).toMatchObject({ code: 1, complaint: 'Run npm ci first.\n' });
  });
});
