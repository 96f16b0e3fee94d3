import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { StackLog } from './stack-log.ts';

/** Bundles the functions again after each change in `lambda/`, then calls `onBundled`. */
export function watchFunctions(log: Pick<StackLog, 'notice'>, onBundled: () => void): { readonly close: () => void } {
  let building: Promise<void> = Promise.resolve();
  let quietTimer: NodeJS.Timeout | undefined;
  return watch('lambda', { recursive: true }, (_, file) => {
    // Ignore validator.js: the bundler itself writes it.
    if (!file?.endsWith('.ts')) return;
    clearTimeout(quietTimer);
    quietTimer = setTimeout(() => {
      building = building.then(build).catch(({ message }: Error) => log.notice(`The bundler did not run: ${message}`));
    }, 100);
  });

  /** Builds in another process, because this one has already loaded the old schema. */
  async function build(): Promise<void> {
    const bundler = spawn(process.execPath, ['infra/build/bundle.ts'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [stderr, [code]] = await Promise.all([text(bundler.stderr), once(bundler, 'exit')]);
    if (code === 0) onBundled();
    log.notice(
      code === 0
        ? 'Loaded the changed functions.'
        : `The changed functions cannot be bundled; the old ones keep running:\n${stderr}`,
    );
  }
}
