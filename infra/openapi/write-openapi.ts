import { readFile, writeFile } from 'node:fs/promises';
import { synthesize } from '../synthesized-stack.ts';
import { openapiDocument } from './document.ts';

// npm run openapi: writes openapi.json, or prints it with --print. Synthesis needs the bundles, so `npm run build` runs first.
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const text = `${JSON.stringify(openapiDocument(await synthesize({}), version), null, 2)}\n`;
if (process.argv.includes('--print')) process.stdout.write(text);
else await writeFile('openapi.json', text);
