import { glob, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, join, relative } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild';
import { compileValidator } from './compile-validator.ts';
import { writeWhole } from './write-whole.ts';

/** Node's builtins without an ESM import of them, which reads every export: that of `node:http` loads all of undici. */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join('|')})$`) }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'builtin',
    }));
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }));
  },
};

/** The credentials that Lambda puts into the environment; the SDK's whole chain is loaded only where there are none. */
const credentials: Plugin = {
  name: 'credentials',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ namespace, path, resolveDir }) =>
      namespace === 'file' ? { path, namespace: 'credentials', pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /./, namespace: 'credentials' }, async ({ path, pluginData: resolveDir }) => {
      const chain = await resolve(path, { resolveDir, kind: 'dynamic-import', namespace: 'credentials' });
      const provider = await resolve('@aws-sdk/credential-provider-env', {
        resolveDir: join(chain.path, '..'),
        kind: 'import-statement',
      });
      return {
        resolveDir,
        contents: `
          import { fromEnv } from ${JSON.stringify(provider.path)};
          export const defaultProvider = (init) => {
            const environment = fromEnv(init);
            let chain;
            return async (options) => {
              if (process.env.AWS_ACCESS_KEY_ID && process.env.AWS_SECRET_ACCESS_KEY && !process.env.AWS_PROFILE) return environment(options);
              chain ??= (await import(${JSON.stringify(chain.path)})).defaultProvider(init);
              return chain(options);
            };
          };`,
      };
    });
  },
};

/** What makes a bundle start sooner, one measure each: `npm run bench` shows what every one of them brings. */
export const measures: readonly { readonly name: string; readonly options: BuildOptions }[] = [
  // The SDK's ES modules, of which esbuild drops what nobody imports.
  { name: 'ES modules', options: { mainFields: ['module', 'main'] } },
  { name: 'builtins', options: { plugins: [builtins] } },
  // What the SDK imports only when it needs it becomes a file that only then is read.
  { name: 'splitting', options: { splitting: true } },
  { name: 'credentials', options: { plugins: [credentials] } },
];

/** The bundle of one entry point, `outdir/index.mjs` and its chunks, in memory. The paths are relative: an asset's hash must not name a machine. */
export async function bundled(entry: string, outdir: string, tuning = measures): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    entryPoints: { index: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'none',
    write: false,
    ...Object.assign({}, ...tuning.map(({ options }) => options)),
    plugins: tuning.flatMap(({ options }) => options.plugins ?? []),
  });
  return outputFiles ?? [];
}

/** Bundles each `lambda/NAME.ts` to `dist/NAME/index.mjs`. */
export async function bundle(): Promise<void> {
  await compileValidator();
  const entries = await Array.fromAsync(glob('lambda/*.ts'));
  const files = (
    await Promise.all(entries.map((entry) => bundled(entry, join('dist', basename(entry, '.ts')))))
  ).flat();
  // What a function imports first, itself last: whoever starts meanwhile finds a whole one.
  for (const { path, contents } of files.toReversed()) await writeWhole(path, contents);
  const written = new Set(files.map(({ path }) => relative('.', path)));
  for await (const leftover of glob('dist/*/*')) if (!written.has(leftover)) await rm(leftover, { force: true });
}

if (import.meta.main) await bundle();
