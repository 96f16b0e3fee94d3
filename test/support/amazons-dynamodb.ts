import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { freePort, waitUntilReachable } from '../../infra/local/listen.ts';

/** Not a dependency: the npm package has 56 MB, and most contributors never need it. */
const simulator = 'amplify-dynamodb-simulator@2.9.30';
const folder = '.venv/dynamodb-local';
const emulator = `${folder}/package/emulator`;

/**
 * Starts Amazon's DynamoDB Local, in memory. It stops when this process exits. The first start downloads it into .venv/.
 * @throws Error that says what to install, if there is no Java
 */
export async function startAmazonsDynamodb(): Promise<string> {
  await run('java', ['-version']).catch(() => {
    throw new Error(
      "Amazon's DynamoDB Local needs Java 11 or newer. Put `java` on the PATH. (npm test does not need Java.)",
    );
  });
  if (!(await stat(emulator).catch(() => undefined))) await install();
  const port = await freePort();
  const java = spawn(
    'java',
    ['-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar', '-inMemory', '-port', String(port)],
    { cwd: emulator, stdio: 'ignore' },
  );
  process.once('exit', () => java.kill());
  const ended = once(java, 'exit').then(() => {
    throw new Error('DynamoDB Local did not start. Check that `java -version` prints 11 or newer.');
  });
  await Promise.race([waitUntilReachable(`http://127.0.0.1:${port}`), ended]);
  ended.catch(() => {});
  return `http://127.0.0.1:${port}`;
}

async function install(): Promise<void> {
  console.log(`Downloading ${simulator} (56 MB) into ${folder}. Later starts reuse it.`);
  const incoming = `${folder}.incoming`;
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  await run('npm', ['pack', simulator, '--silent', '--pack-destination', incoming]);
  await run('tar', ['-xzf', `${incoming}/${simulator.replace('@', '-')}.tgz`, '-C', incoming, 'package/emulator']);
  await rm(`${incoming}/${simulator.replace('@', '-')}.tgz`);
  // The rename comes last: after an interrupted download, the next start downloads again.
  await rm(folder, { recursive: true, force: true });
  await rename(incoming, folder);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const [code] = await once(spawn(command, args, { stdio: 'ignore' }), 'exit');
  if (code !== 0) throw new Error(`${command} exited with code ${code}.`);
}
