import { _, Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { isDate, isTimestamp } from '../../lambda/appointment/timestamp.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

const folder = 'lambda/appointment';

/** Compiles the appointment's schema to `validator.js`: compiling it at run time would cost 50 ms of every cold start. */
export async function compileValidator(): Promise<void> {
  const ajv = new Ajv({
    allErrors: true,
    // violation.ts has its own messages.
    messages: false,
    formats: { 'date-time': isTimestamp, date: isDate },
    code: {
      source: true,
      esm: true,
      formats: _`{ 'date-time': require('./timestamp.ts').isTimestamp, date: require('./timestamp.ts').isDate }`,
    },
  });
  // Where in the schema an error comes from is a quarter of the code, and nobody reads it.
  const contents = standalone
    .default(ajv, ajv.compile(mutableAppointmentSchema))
    .replaceAll(/schemaPath:"[^"]*",/g, '');
  // The standalone code still calls require() for its helpers: bundling makes it a module.
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Otherwise the helpers are named after their paths, which differ between folders, and so would the functions' hashes.
    minify: true,
    write: false,
  });
  for (const file of outputFiles) await writeFileAtomically(`${folder}/validator.js`, file.contents);
}
