import { readFile, writeFile } from 'node:fs/promises';
import { synthesize } from './local/template.ts';
import { openapiDocument } from './openapi/document.ts';

// Makes openapi.json, or prints it. The stack needs its bundles: `npm run build` comes first.
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const text = `${JSON.stringify(await openapiDocument(await synthesize({}), version), null, 2)}\n`;
if (process.argv.includes('--print')) process.stdout.write(text);
else await writeFile('openapi.json', text);
