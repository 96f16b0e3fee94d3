import { glob, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { compileValidator } from './compile-validator.ts';

/** Bundles each `lambda/NAME.ts` to `dist/NAME/index.mjs`, minified. The paths are relative: an asset's hash must not name a machine. */
export async function bundle(): Promise<void> {
  await compileValidator();
  await rm('dist', { recursive: true, force: true });
  await build({
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
  });
}

if (import.meta.main) await bundle();
