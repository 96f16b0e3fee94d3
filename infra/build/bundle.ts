import { glob, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin, stop } from 'esbuild';
import { compileValidator } from './compile-validator.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Of Node's builtins exactly the exports that are used. An ESM import of a builtin reads all of them, and those of
 * `node:http` load undici, those of `node:crypto` argon2 and the web's cryptography.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join('|')})$`) }, ({ path, kind }) => ({
      path: path.replace('node:', ''),
      namespace: kind === 'import-statement' ? 'builtin' : 'required',
      sideEffects: false,
    }));
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }));
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {});
      return {
        contents: [
          `const builtin = () => process.getBuiltinModule('${path}');`,
          'export default /* @__PURE__ */ builtin();',
          ...names.map((name, i) => `const $${i} = ${exportOf(path, name)};`),
          `export { ${names.map((name, i) => `$${i} as ${name}`).join(', ')} };`,
        ].join('\n'),
      };
    });
  },
};

function exportOf(builtin: string, name: string): string {
  // Only what reads a developer's files has a use for these: loaded with the first call, not with the import.
  const value: unknown = Reflect.get(process.getBuiltinModule(builtin) ?? {}, name);
  if (builtin === 'fs/promises' && typeof value === 'function')
    return `(...parameters) => builtin().${name}(...parameters)`;
  return `/* @__PURE__ */ (() => builtin().${name})()`;
}

/** A client of the service's own in place of the SDK's, of which most is for programs that run elsewhere. */
const dynamodbClient: Plugin = {
  name: 'DynamoDB client',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/DynamoDBClient$/ }, ({ importer }) =>
      importer.includes('/client-dynamodb/') ? { path: resolve('lambda/runtime/dynamodb-client.ts') } : undefined,
    );
  },
};

/**
 * What is imported only when it is needed becomes a file of its own, complete in itself. Inside the bundle, it would be
 * read at every start, and keep esbuild from joining all that it shares with the rest into one scope.
 */
const lazyImports: Plugin = {
  name: 'lazy imports',
  setup({ onResolve, onEnd, resolve: resolveImport, initialOptions, esbuild }) {
    const entryPoints: Record<string, string> = {};
    onResolve({ filter: /./ }, async ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const name = path.replaceAll(/^\W+|\.ts$/g, '').replaceAll('/', '-');
      const { path: file } = await resolveImport(path, { kind: 'import-statement', resolveDir });
      if ((entryPoints[name] ?? file) !== file) throw new Error(`Two files are imported as ${name}: rename one.`);
      entryPoints[name] = file;
      return { path: `./${name}.mjs`, external: true };
    });
    onEnd(async ({ outputFiles = [] }) => {
      // What only code that nobody uses would import has gone with it.
      for (const name of Object.keys(entryPoints)) {
        if (!outputFiles.some(({ text }) => text.includes(`"./${name}.mjs"`))) delete entryPoints[name];
      }
      if (Object.keys(entryPoints).length === 0) return;
      const plugins = (initialOptions.plugins ?? []).filter(({ name }) => name !== 'lazy imports');
      // What is defined away for a start, the credentials of a developer's machine may need.
      const lazy = await esbuild.build({ ...initialOptions, entryPoints, plugins, define: {} });
      outputFiles.push(...(lazy.outputFiles ?? []));
    });
  },
};

/** What makes a bundle start sooner, one measure each: `npm run bench` shows what every one of them brings. */
export const measures: readonly { readonly name: string; readonly options: BuildOptions }[] = [
  // The SDK's ES modules, of which esbuild drops what nobody imports.
  { name: 'ES modules', options: { mainFields: ['module', 'main'] } },
  { name: 'builtins', options: { plugins: [builtins] } },
  { name: 'own client', options: { plugins: [dynamodbClient, lazyImports] } },
  // What a start needs of the SDK only asks whether they are there; to be asked, Node loads all that belongs to them.
  {
    name: 'no web globals',
    options: { define: { ReadableStream: 'undefined', Blob: 'undefined', crypto: 'undefined' } },
  },
];

/** The bundle of one entry point, `outdir/index.mjs` first, in memory. The paths are relative: an asset's hash must not name a machine. */
export async function bundled(entry: string, outdir: string, tuning = measures): Promise<readonly OutputFile[]> {
  const { outputFiles = [] } = await build({
    entryPoints: { index: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
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
  return outputFiles;
}

/** Bundles each `lambda/NAME.ts` to `dist/NAME/index.mjs`. */
export async function bundle(): Promise<void> {
  await compileValidator();
  const entries = await Array.fromAsync(glob('lambda/*.ts'));
  const built = await Promise.all(entries.map((entry) => bundled(entry, join('dist', basename(entry, '.ts')))));
  // What a function imports comes before it: whoever starts one meanwhile finds all of it.
  for (const { path, contents } of built.flat().toReversed()) await writeWhole(path, contents);
  const written = new Set(built.flat().map(({ path }) => relative('.', path)));
  for await (const leftover of glob('dist/*/*')) if (!written.has(leftover)) await rm(leftover, { force: true });
  // Else esbuild's own process stays with this one, and 400 MB with it.
  await stop();
}

if (import.meta.main) await bundle();
