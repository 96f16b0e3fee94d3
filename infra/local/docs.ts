import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { localClients } from './local-issuer.ts';

type File = { readonly type: string; readonly content: () => Promise<string | Buffer> };

/** The files of the page at /docs, an interactive reference made from openapi.json. The page loads nothing from other machines. */
const files: Readonly<Record<string, File>> = {
  '/docs': { type: 'text/html; charset=utf-8', content: async () => page() },
  '/docs/page.css': { type: 'text/css; charset=utf-8', content: () => readFile(here('./docs-page.css')) },
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

// The browser must not load anything from another server.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

function library(name: string, type: string): Record<string, File> {
  const path = createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
  return { [`/docs/${name}`]: { type, content: () => readFile(path) } };
}

/** openapi.json with the local stack as the only server. */
async function localDocument(): Promise<string> {
  const document: object = JSON.parse(await readFile(here('../../openapi.json'), 'utf8'));
  return JSON.stringify({ ...document, servers: [{ url: '/', description: 'The local stack' }] });
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The selector of the part of an operation that opens it. */
function control(operationId: string): string {
  return `#operations-Appointments-${operationId} .opblock-summary-control`;
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
    <link rel="stylesheet" href="/docs/page.css">
  </head>
  <body data-client-id="${id}" data-client-secret="${secret}" data-scopes="${scope}">
    <section class="first-steps">
      <h2>Try it: update an appointment, then get a 409</h2>
      <ol>
        <li>
          <button data-clicks=".scheme-container .authorize">Authorize</button>: the client <code>${id}</code> is filled in. Click
          <b>Authorize</b> in the dialog, then <b>Close</b>.
        </li>
        <li>
          <button data-clicks="${control('createAppointment')}">Create an appointment</button>: click <b>Execute</b>, and copy the
          <code>id</code> from the response. The new appointment has version 1.
        </li>
        <li>
          <button data-clicks="${control('updateAppointment')}">Update it</button>: paste the <code>id</code>, and leave
          <code>version</code> at 2, the next version. Click <b>Execute</b>: the response is 200.
        </li>
        <li>
          Click <b>Execute</b> again: the response is 409, because version 2 exists now. To update again, send version 3.
        </li>
      </ol>
    </section>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
`;
}
