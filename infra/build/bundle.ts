import { glob, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin, stop } from 'esbuild';
import { compileValidator } from './compile-validator.ts';
import { nodeBuiltins } from './node-builtins.ts';
import { sourceMapOf } from './source-map-of.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** lib-dynamodb has no side effects but does not declare that. Without this plugin, importing one command also bundles the SDK's own client, 110 KB. */
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

/** esbuild's options: one ES module for each function, with only the code that it uses. */
export const bundleOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Prefer the SDK's ES modules: esbuild can drop their unused exports.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  // Only an SDK client loads these modules, and most functions have none, so esbuild drops the imports. If it bundled the
  // modules, it could not join all modules in one scope, and a cold start would take 5 % longer.
  external: ['@aws-sdk/credential-provider-node', '@smithy/core/event-streams', 'bowser'],
  plugins: [nodeBuiltins, sideEffectFree],
} as const satisfies BuildOptions;

/** The functions that use an SDK client. They need everything that the client may load. */
const withSdkClient: readonly string[] = ['publish-changes'];

/** Bundles each `lambda/NAME.ts` to `dist/NAME/index.mjs`. Paths are relative, so that an asset's hash does not depend on the folder of the checkout. */
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
  // Otherwise esbuild's process, with 400 MB, runs until this process ends.
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
    // An error with `errors` is esbuild's. It has already printed the problems in the code.
    if (!('errors' in error)) throw error;
    process.exit(1);
  });
}
