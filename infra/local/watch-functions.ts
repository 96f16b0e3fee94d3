import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { StackLog } from './stack-log.ts';

/** Bundles the functions again after each change in `lambda/`, and then calls `onBundled`. */
export function watchFunctions(log: Pick<StackLog, 'notice'>, onBundled: () => void): { readonly close: () => void } {
  let building: Promise<void> = Promise.resolve();
  let settled: NodeJS.Timeout | undefined;
  return watch('lambda', { recursive: true }, (_, file) => {
    // The bundler writes validator.js.
    if (!file?.endsWith('.ts')) return;
    clearTimeout(settled);
    settled = setTimeout(() => {
      building = building.then(build);
    }, 100);
  });

  /** In another process: this one has loaded the schema that the validator is compiled from. */
  async function build(): Promise<void> {
    const bundler = spawn(process.execPath, ['infra/build/bundle.ts'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [complaint, [code]] = await Promise.all([text(bundler.stderr), once(bundler, 'exit')]);
    if (code === 0) onBundled();
    log.notice(code === 0 ? 'Loaded the changed functions.' : `The changed functions cannot be loaded:\n${complaint}`);
  }
}
