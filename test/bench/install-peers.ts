import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';

const folder = 'test/bench';

/** Installs what only the peers need, from the lock file of their own, unless it is installed. */
export async function installPeers(): Promise<void> {
  const [lock, installed] = await Promise.all(
    [`${folder}/package-lock.json`, `${folder}/node_modules/.package-lock.json`].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  if ((installed ?? 0) > (lock ?? 0)) return;
  console.log(`Installing the peers in ${folder} …`);
  const npm = spawn('npm', ['ci', '--silent', '--prefix', folder], { stdio: 'inherit' });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}.`);
}
