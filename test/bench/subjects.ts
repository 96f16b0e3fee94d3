import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { bundleOptions } from '../../infra/build/bundle.ts';
import { compileValidator } from '../../infra/build/compile-validator.ts';

/** A bundle to measure. `module`: its absolute path. */
export type Subject = { readonly name: string; readonly module: string; readonly bytes: number };

/** Replaces the service's DynamoDB client with the SDK's own client, which most services use. */
const sdkClient: Plugin = {
  name: 'SDK client',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/client\.ts$/ }, () => ({ path: resolve('test/bench/sdk-client.ts') }));
  },
};

const { mainFields, plugins, external: _, ...base } = bundleOptions;
const [nodeBuiltins] = plugins;

// CommonJS modules that are bundled as ESM have no `require` for Node builtins. This is the usual fix.
const banner = { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" };

/** A plain esbuild bundle, without any measure against slow cold starts. */
const plain: BuildOptions = { ...base, banner };

// The defaults of CDK's NodejsFunction: not minified, and with the SDK of Lambda's runtime.
const cdk: BuildOptions = {
  ...base,
  format: 'cjs',
  minify: false,
  external: ['@aws-sdk/*', '@smithy/*'],
  outExtension: { '.js': '.cjs' },
};

const update = 'lambda/update-appointment.ts';
const peer = (name: string) => `test/bench/peers/${name}.ts`;

/** The bundles to measure. A `+` adds one measure to the row above. */
const variants: readonly (readonly [name: string, entry: string, options: BuildOptions])[] = [
  ['CDK defaults', update, { ...cdk, plugins: [sdkClient] }],
  ['plain bundle', update, { ...plain, plugins: [sdkClient] }],
  ["+ service's client", update, plain],
  ['+ ES modules', update, { ...plain, mainFields: [...mainFields] }],
  ['+ Node builtins', update, { ...base, mainFields: [...mainFields], plugins: [nodeBuiltins] }],
  // Adds the last measure: lib-dynamodb is marked as free of side effects, so the SDK's own client is not bundled.
  ['service', update, bundleOptions],
  ['zod', peer('zod'), plain],
  ['@middy/validator', peer('middy-validator'), plain],
  ['Powertools', peer('powertools'), plain],
  ['aws-lite', peer('aws-lite'), plain],
  ['floor', 'test/bench/floor.ts', bundleOptions],
];

/** Builds every subject in its own subfolder of `folder`. */
export async function buildSubjects(folder: string): Promise<readonly Subject[]> {
  await compileValidator();
  await rm(folder, { recursive: true, force: true });
  return Promise.all(
    variants.map(async ([name, entry, options]) => {
      const { module, bytes } = await buildBundle(entry, join(folder, name.replaceAll(/\W+/g, '-')), options);
      return { name, module, bytes };
    }),
  );
}

/** Bundles one entry point to `folder/index.mjs` (or `.cjs`). */
export async function buildBundle(entry: string, folder: string, options: BuildOptions) {
  const { outputFiles } = await build({ ...options, entryPoints: { index: entry }, outdir: folder, write: false });
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  const [index] = outputFiles;
  return { module: index?.path ?? '', bytes: index?.contents.length ?? 0 };
}
