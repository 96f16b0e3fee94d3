import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The `sh` blocks of a document, each with the heading above it. */
export function shellBlocks(document: string): { readonly heading: string; readonly text: string }[] {
  let heading = '';
  return [...readFileSync(document, 'utf8').matchAll(/^#+ ([^\n]+)$|^( *)```(\w*)\n(.*?)^ *```/gms)].flatMap(
    ([, title, indent = '', language, text = '']) => {
      if (title !== undefined) heading = title;
      return language === 'sh' ? [{ heading, text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }] : [];
    },
  );
}

/** Interactive shells that are installed. They treat comments, exclamation marks and question marks differently than scripts. */
export const shells = (
  [
    ['bash', ['--norc', '-i']],
    ['zsh', ['-fi']],
  ] as const
).filter(([shell]) => isInstalled(shell));

/** Pastes the text into an interactive shell, and returns what it prints. @throws Error if a command in it fails */
export function paste([shell, args]: (typeof shells)[number], text: string, environment = process.env): string {
  const input = `set -e\n${text}\n`;
  return execFileSync(shell, args, { input, encoding: 'utf8', stdio: 'pipe', env: environment });
}

/** Whether the program is on the PATH. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    console.info(`${program} is not installed: what needs it is not tested.`);
    return false;
  }
}
