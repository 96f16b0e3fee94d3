import { basename, dirname, join } from 'node:path';

/** The path of the source map of `dist/NAME/index.mjs`. It is outside of `dist/NAME`, because that folder is deployed. */
export function sourceMapOf(bundle: string): string {
  const folder = dirname(bundle);
  return join(dirname(folder), 'source-maps', `${basename(folder)}.map`);
}
