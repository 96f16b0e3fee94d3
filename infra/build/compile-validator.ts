import { _, Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { isDate, isTimestamp } from '../../lambda/appointment/timestamp.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

const folder = 'lambda/appointment';

/** Compiles the appointment's schema to `validator.js`. Compiling it at run time would add 50 ms to every cold start. */
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
  // Remove schemaPath: it is a quarter of the code, and the service does not use it.
  const contents = standalone
    .default(ajv, ajv.compile(mutableAppointmentSchema))
    .replaceAll(/schemaPath:"[^"]*",/g, '');
  // The standalone code calls require() for its helpers, even with `esm`. Bundling resolves these calls.
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Without minify, esbuild names the helpers after their paths, so the functions' hashes would depend on the checkout's folder.
    minify: true,
    write: false,
  });
  for (const file of outputFiles) await writeFileAtomically(`${folder}/validator.js`, file.contents);
}
