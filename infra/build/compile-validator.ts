import { _, Ajv, type Options } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { mutableAppointmentSchema } from '../lambda/appointment/schema.ts';
import { isDate, isTimestamp } from '../lambda/appointment/timestamp.ts';
import { writeWhole } from './write-whole.ts';

const folder = 'lambda/appointment';

/**
 * Compiles the appointment's schema, which would cost 50 ms of every cold start: to `is-valid.js`, which is all that a
 * valid body needs, and to `validator.js`, which names every error and takes twice the code.
 */
export async function compileValidator(): Promise<void> {
  // An error says where in the schema it comes from, which nobody reads.
  const everyError = standaloneCode({ allErrors: true }).replaceAll(/schemaPath:"[^"]*",/g, '');
  const yesOrNo = standaloneCode({ allErrors: false }).replaceAll(/^validate\d+\.errors = .*;$/gm, '');
  if (yesOrNo.includes('.errors')) throw new Error('The code of is-valid.js reads the errors that it does not keep.');
  await writeModule('validator.js', everyError);
  await writeModule('is-valid.js', yesOrNo);
}

function standaloneCode(options: Options): string {
  const ajv = new Ajv({
    ...options,
    // violation.ts has words of its own.
    messages: false,
    formats: { 'date-time': isTimestamp, date: isDate },
    code: {
      source: true,
      esm: true,
      // A statement a line, for what is left out above.
      lines: true,
      formats: _`{ 'date-time': require('./timestamp.ts').isTimestamp, date: require('./timestamp.ts').isDate }`,
    },
  });
  return standalone.default(ajv, ajv.compile(mutableAppointmentSchema));
}

async function writeModule(name: string, contents: string): Promise<void> {
  // The standalone code still calls require() for its helpers: bundling makes it a module.
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Else the helpers go by their paths, which differ between folders, and so would the functions' hashes.
    minify: true,
    write: false,
  });
  for (const file of outputFiles) await writeWhole(`${folder}/${name}`, file.contents);
}
