import { glob, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin, stop } from 'esbuild';
import { compileValidator } from './compile-validator.ts';
import { nodeBuiltins } from './node-builtins.ts';
import { sourceMapOf } from './source-map-of.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** lib-dynamodb has no side effects, but does not say so. Without this, importing one of its commands bundles a whole SDK client, 280 KB. */
const sideEffectFree: Plugin = {
  name: 'lib-dynamodb has no side effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@aws-sdk\/lib-dynamodb$/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === sideEffectFree) return undefined;
      const resolved = await resolve(path, { resolveDir, kind, pluginData: sideEffectFree });
      return { ...resolved, sideEffects: false };
    });
  },
};

/** How a function is bundled: everything in one ES module, and only what it uses. */
export const bundleOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // The SDK's ES modules: esbuild drops what nobody imports.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  // An SDK's own client would load these when it needs them. The bundles without such a client keep none of them; but bundled,
  // they would keep esbuild from joining the modules in one scope: a start would take 5 % longer.
  external: ['@aws-sdk/credential-provider-node', '@smithy/core/event-streams', 'bowser'],
  plugins: [nodeBuiltins, sideEffectFree],
} as const satisfies BuildOptions;

/** The functions with an SDK's own client, which is bundled with all that it may load. */
const withSdkClient: readonly string[] = ['publish-changes'];

/** Bundles each `lambda/NAME.ts` to `dist/NAME/index.mjs`. The paths are relative: an asset's hash must not contain a machine's path. */
export async function bundle(): Promise<void> {
  await compileValidator();
  const entries = await Array.fromAsync(glob('lambda/*.ts'));
  const names = entries.map((entry) => basename(entry, '.ts'));
  const bundles = await Promise.all([
    bundleOf(names.filter((name) => !withSdkClient.includes(name))),
    bundleOf(withSdkClient, { external: [] }),
  ]);
  for (const { path, contents } of bundles.flat()) {
    await writeFileAtomically(path.endsWith('.map') ? sourceMapOf(path) : path, contents);
  }
  for await (const folder of glob('dist/*')) {
    if (![...names, 'source-maps'].includes(basename(folder))) await rm(folder, { recursive: true });
  }
  // Otherwise esbuild's process stays with this one, and 400 MB with it.
  await stop();
}

async function bundleOf(names: readonly string[], options: BuildOptions = {}): Promise<OutputFile[]> {
  const { outputFiles = [] } = await build({
    ...bundleOptions,
    ...options,
    entryPoints: names.map((name) => ({ in: `lambda/${name}.ts`, out: `${name}/index` })),
    outdir: 'dist',
    write: false,
    sourcemap: 'external',
    sourcesContent: false,
  });
  return outputFiles;
}

if (import.meta.main) {
  await bundle().catch((error) => {
    // esbuild has printed what it found in the code.
    if (!('errors' in error)) throw error;
    process.exit(1);
  });
}
