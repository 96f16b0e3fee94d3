import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Installs packages of Python, pinned, into a virtual environment of their own under .venv/, and gives back its programs' folder. */
export async function pythonPackages(folder: string, packages: readonly string[]): Promise<string> {
  const bin = `.venv/${folder}/bin`;
  try {
    // Made whole: the mark is set last, so that an install that was cut short is done again.
    await access(`.venv/${folder}/${markOf(packages)}`);
  } catch {
    say(`installing ${packages.join(', ')} into .venv/${folder}`);
    await run('python3', ['-m', 'venv', '--clear', `.venv/${folder}`]).catch(noPython);
    await run(`${bin}/pip`, ['install', '--quiet', '--disable-pip-version-check', ...packages]);
    await run('touch', [`.venv/${folder}/${markOf(packages)}`]);
  }
  return bin;
}

/** Tells whoever waits what is going on. Jest shows console.log of a global setup with a stack. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function markOf(packages: readonly string[]): string {
  return `installed-${packages.join('-')}`;
}

function noPython(error: unknown): never {
  throw new Error('This needs python3 with its venv module (Debian: python3-venv).', { cause: error });
}
