import { glob, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { compileValidator } from './compile-validator.ts';
import { writeWhole } from './write-whole.ts';

/** Bundles each `lambda/NAME.ts` to `dist/NAME/index.mjs`, minified. The paths are relative: an asset's hash must not name a machine. */
export async function bundle(): Promise<void> {
  await compileValidator();
  const { outputFiles } = await build({
    entryPoints: await Array.fromAsync(glob('lambda/*.ts')),
    outdir: 'dist',
    entryNames: '[name]/index',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The SDK's ES modules, of which esbuild drops what nobody imports.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    write: false,
  });
  for (const { path, contents } of outputFiles) await writeWhole(path, contents);
  const names = new Set(outputFiles.map(({ path }) => basename(dirname(path))));
  const leftovers = (await readdir('dist')).filter((name) => !names.has(name));
  for (const name of leftovers) await rm(join('dist', name), { recursive: true, force: true });
}

if (import.meta.main) await bundle();
