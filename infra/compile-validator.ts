import { _, Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { mutableAppointmentSchema } from '../lambda/appointment/schema.ts';
import { isDate, isTimestamp } from '../lambda/appointment/timestamp.ts';
import { writeWhole } from './write-whole.ts';

const folder = 'lambda/appointment';

/** Compiles the appointment's schema to `lambda/appointment/validator.js`: compiling it at load would cost 50 ms of every cold start. */
export async function compileValidator(): Promise<void> {
  const ajv = new Ajv({
    allErrors: true,
    // violation.ts has words of its own.
    messages: false,
    formats: { 'date-time': isTimestamp, date: isDate },
    code: {
      source: true,
      esm: true,
      formats: _`{ 'date-time': require('./timestamp.ts').isTimestamp, date: require('./timestamp.ts').isDate }`,
    },
  });
  const code = standalone.default(ajv, ajv.compile(mutableAppointmentSchema));
  // Nobody reads where in the schema an error comes from, and it is half of the code.
  const contents = code.replaceAll(/schemaPath:"[^"]*",/g, '');
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
  for (const { contents } of outputFiles) await writeWhole(`${folder}/validator.js`, contents);
}
