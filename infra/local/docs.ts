import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { localClients } from './local-issuer.ts';

type File = { readonly type: string; readonly content: () => Promise<string | Buffer> };

/** The files of the page at /docs, all from this machine: openapi.json as an interactive reference. */
const files: Readonly<Record<string, File>> = {
  '/docs': { type: 'text/html; charset=utf-8', content: async () => page() },
  '/docs/page.js': { type: 'text/javascript; charset=utf-8', content: () => readFile(here('./docs-page.js')) },
  '/docs/openapi.json': { type: 'application/json; charset=utf-8', content: localDocument },
  ...library('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
  ...library('swagger-ui.css', 'text/css; charset=utf-8'),
  ...library('favicon-32x32.png', 'image/png'),
};

/** Serves the page at /docs. */
export const docs: RequestListener = async (request, response) => {
  const path = (request.url ?? '').replace(/\/?(?:\?.*)?$/, '');
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (!file || !['GET', 'HEAD'].includes(request.method ?? '')) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
    return;
  }
  try {
    const content = await file.content();
    const headers = { 'content-type': file.type, 'content-length': Buffer.byteLength(content) };
    response.writeHead(200, { ...headers, 'content-security-policy': policy }).end(content);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
};

// Nothing is loaded from another server.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

function library(name: string, type: string): Record<string, File> {
  const path = createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
  return { [`/docs/${name}`]: { type, content: () => readFile(path) } };
}

/** openapi.json with this server as the only one. */
async function localDocument(): Promise<string> {
  const document: object = JSON.parse(await readFile(here('../../openapi.json'), 'utf8'));
  return JSON.stringify({ ...document, servers: [{ url: '/', description: 'The stack on this machine' }] });
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function page(): string {
  const [{ id, secret, scope }] = localClients;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Appointments</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body data-client-id="${id}" data-client-secret="${secret}" data-scopes="${scope}">
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
`;
}
