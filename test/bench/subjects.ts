import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { bundled, measures } from '../../infra/bundle.ts';
import { compileValidator } from '../../infra/compile-validator.ts';
import { type BundleFile, type Size, sizeOf } from './size-of.ts';

/** A bundle to measure. */
export type Subject = {
  readonly name: string;
  /** Absolute path of its `index.mjs`. */
  readonly module: string;
} & Size;

type Tuning = readonly { readonly name: string; readonly options: BuildOptions }[];

// What CDK's NodejsFunction makes of it by itself: nothing minified, and the SDK's own files, as Lambda's runtime has them.
const cdk: Tuning = [
  {
    name: 'cdk',
    options: {
      format: 'cjs',
      minify: false,
      external: ['@aws-sdk/*', '@smithy/*'],
      outExtension: { '.js': '.cjs' },
    },
  },
];

// A bundle of CommonJS modules as ESM has no `require` for Node's builtins: what everybody adds.
const plain: Tuning = [
  {
    name: 'plain',
    options: {
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    },
  },
];

const update = 'lambda/update-appointment.ts';
const peer = (name: string) => `test/bench/peers/${name}.ts`;

/** What is measured: entry point and how it is bundled. */
const variants: readonly (readonly [name: string, entry: string, tuning: Tuning])[] = [
  ['CDK defaults', update, cdk],
  ['plain bundle', update, plain],
  ...measures.slice(0, -1).map(({ name }, i) => [`+ ${name}`, update, measures.slice(0, i + 1)] as const),
  // The last measure makes it whole.
  ['service', update, measures],
  ['zod', peer('zod'), plain],
  ['@middy/validator', peer('middy-validator'), plain],
  ['Powertools', peer('powertools'), plain],
  ['aws-lite', peer('aws-lite'), plain],
  ['floor', peer('floor'), measures],
];

/** Bundles every subject below `folder`. */
export async function buildSubjects(folder: string): Promise<readonly Subject[]> {
  await compileValidator();
  await rm(folder, { recursive: true, force: true });
  return Promise.all(
    variants.map(async ([name, entry, tuning]) => {
      const directory = join(folder, name.replaceAll(/\W+/g, '-'));
      const files = await bundled(entry, directory, tuning);
      await writeFiles(files);
      return { name, module: resolve(files[0]?.path ?? ''), ...sizeOf(files) };
    }),
  );
}

/** Writes a bundle to where it was built for. */
export async function writeFiles(files: readonly BundleFile[]): Promise<void> {
  for (const { path, contents } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
}
