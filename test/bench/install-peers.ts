import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';

const folder = 'test/bench';

/** Installs the packages that only the peers need, unless test/bench/package-lock.json is already installed. */
export async function installPeers(): Promise<void> {
  const [lockTime, installTime] = await Promise.all(
    [`${folder}/package-lock.json`, `${folder}/node_modules/.package-lock.json`].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  if ((installTime ?? 0) > (lockTime ?? 0)) return;
  console.log(`Installing the peers in ${folder} …`);
  const npm = spawn('npm', ['ci', '--silent', '--prefix', folder], { stdio: 'inherit' });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`npm ci in ${folder} failed with exit code ${code}.`);
}
