import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { helpOnRequest } from '../infra/command-line.ts';
import { freePort, waitUntilReachable } from '../infra/local/listen.ts';

helpOnRequest(`npm run test:dynamodb-local [-- JEST'S ARGUMENTS]

Runs the suites on Amazon's own DynamoDB Local. It needs Java 11 or newer. The first run fetches an npm package of 56 MB
into .venv/, which most who work on this never need.`);

const simulator = 'amplify-dynamodb-simulator@2.9.30';
const folder = '.venv/dynamodb-local';
const emulator = `${folder}/package/emulator`;

await run('java', ['-version'], 'ignore').catch(() => {
  console.error("Amazon's DynamoDB Local needs Java 11 or newer: put a `java` on the PATH. (npm test needs none.)");
  process.exit(1);
});
if (!(await stat(emulator).catch(() => undefined))) await install();

const port = await freePort();
const java = spawn(
  'java',
  ['-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar', '-inMemory', '-port', String(port)],
  { cwd: emulator, stdio: 'ignore' },
);
process.once('exit', () => java.kill());
await Promise.race([
  waitUntilReachable(`http://127.0.0.1:${port}`),
  once(java, 'exit').then(() => Promise.reject(new Error('DynamoDB Local did not start: does it need another Java?'))),
]);
console.log(`The suites run on Amazon's DynamoDB Local, port ${port}.`);
const jest = spawn(process.execPath, [...jestOptions(), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...withoutAws(), AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` },
});
const [code] = await once(jest, 'exit');
process.exit(code ?? 1);

async function install(): Promise<void> {
  console.log(`Fetching ${simulator} (56 MB) into ${folder}, once.`);
  const incoming = `${folder}.incoming`;
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  await run('npm', ['pack', simulator, '--silent', '--pack-destination', incoming], 'ignore');
  await run('tar', ['-xzf', `${incoming}/${simulator.replace('@', '-')}.tgz`, '-C', incoming, 'package/emulator']);
  await rm(`${incoming}/${simulator.replace('@', '-')}.tgz`);
  // In one step, so that a fetch that was cut short is done again.
  await rm(folder, { recursive: true, force: true });
  await rename(incoming, folder);
}

function jestOptions(): string[] {
  // One suite at a time, and a long timeout: it takes several times as long as the built-in database.
  const slow = ['--maxWorkers', '1', '--testTimeout', '120000'];
  const modules = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return [...modules, 'node_modules/jest/bin/jest.js', '--selectProjects', 'domain', 'service', ...slow];
}

/** DynamoDB Local keeps the tables of each access key and region apart: all use the local stack's. */
function withoutAws(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

async function run(command: string, args: readonly string[], stdio: 'inherit' | 'ignore' = 'inherit'): Promise<void> {
  const [code] = await once(spawn(command, args, { stdio }), 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${code}.`);
}
