import { createServer, request } from 'node:http';
import { listen } from '../../infra/local/listen.ts';

/** A call that passed through: the operation's name, what was asked, and the access key that signed it. */
export type Recorded = { readonly operation: string; readonly body: string; readonly accessKeyId: string };

// What the stack does by itself: the tables at its start, the stream's reader, record-history.
const ownOperations = new Set([
  'DescribeStream',
  'GetShardIterator',
  'GetRecords',
  'DescribeTable',
  'CreateTable',
  'PutItem',
]);

/** A proxy in front of a DynamoDB that records the calls of the routes, and responds to a GET with what it recorded. */
export async function startRecorder(
  dynamodb: string,
  ignored: ReadonlySet<string> = ownOperations,
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
      request(dynamodb, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      })
        .on('error', () => outgoing.destroy())
        .end(body);
    });
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close().closeAllConnections() };
}

/** The calls of the functions behind ISSUED_API_URL that mention `text`: suites that run at the same time do not see each other's. */
export async function callsAbout(text: string): Promise<Recorded[]> {
  const recorded = await recordedBy(process.env.DYNAMODB_RECORDER ?? '');
  return recorded.filter(({ body }) => body.includes(text));
}

/** All that the recorder at that URL has recorded. */
export async function recordedBy(url: string): Promise<Recorded[]> {
  return JSON.parse(await (await fetch(url)).text());
}
