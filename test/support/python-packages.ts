import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { say } from './progress.ts';

const run = promisify(execFile);

/** Installs pinned Python packages into a virtual environment under .venv/. Returns the path of its `bin` folder. */
export async function pythonPackages(folder: string, packages: readonly string[]): Promise<string> {
  const bin = `.venv/${folder}/bin`;
  try {
    // The marker is written last: an interrupted install runs again.
    await access(`.venv/${folder}/${markerOf(packages)}`);
  } catch {
    say(`installing ${packages.join(', ')} into .venv/${folder}`);
    await run('python3', ['-m', 'venv', '--clear', `.venv/${folder}`]).catch(noPython);
    await run(`${bin}/pip`, ['install', '--quiet', '--disable-pip-version-check', ...packages]);
    await run('touch', [`.venv/${folder}/${markerOf(packages)}`]);
  }
  return bin;
}

function markerOf(packages: readonly string[]): string {
  return `installed-${packages.join('-')}`;
}

function noPython(error: unknown): never {
  throw new Error('This needs python3 with its venv module (Debian: python3-venv).', { cause: error });
}
