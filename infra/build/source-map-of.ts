import { basename, dirname, join } from 'node:path';

/** Where the source map of the bundle `dist/NAME/index.mjs` is: not in `dist/NAME`, which is deployed. */
export function sourceMapOf(bundle: string): string {
  const folder = dirname(bundle);
  return join(dirname(folder), 'source-maps', `${basename(folder)}.map`);
}
