import { createServer, request } from 'node:http';
import { listen } from '../../infra/local/listen.ts';

/** A recorded call: the operation, the request body, and the access key that signed it. */
export type Recorded = { readonly operation: string; readonly body: string; readonly accessKeyId: string };

// Calls that no request causes: creating the tables, reading the stream, and recording the history.
const backgroundOperations = new Set([
  'DescribeStream',
  'GetShardIterator',
  'GetRecords',
  'DescribeTable',
  'CreateTable',
  'PutItem',
]);

/** Starts a proxy in front of DynamoDB that records the calls of the routes. A GET returns what it has recorded. */
export async function startRecorder(
  dynamodb: string,
  ignored: ReadonlySet<string> = backgroundOperations,
): Promise<{ url: string; stop: () => void }> {
  const recorded: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') return outgoing.end(JSON.stringify(recorded));
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    return incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
      const [, accessKeyId = ''] = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? '') ?? [];
      if (!ignored.has(operation)) recorded.push({ operation, body: body.toString(), accessKeyId });
      request(dynamodb, { method: incoming.method, headers: incoming.headers }, (response) => {
        outgoing.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(outgoing);
      })
        .on('error', () => outgoing.destroy())
        .end(body);
    });
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close().closeAllConnections() };
}

/** The recorded calls behind ISSUED_API_URL whose body contains `text`. This hides the calls of suites that run at the same time. */
export async function callsAbout(text: string): Promise<Recorded[]> {
  const recorded = await recordedBy(process.env.DYNAMODB_RECORDER ?? '');
  return recorded.filter(({ body }) => body.includes(text));
}

/** All calls that the recorder at the URL has recorded. */
export async function recordedBy(url: string): Promise<Recorded[]> {
  return JSON.parse(await (await fetch(url)).text());
}
