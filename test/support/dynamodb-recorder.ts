import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** A call that passed through, by the operation's name, with what was asked. */
export type Recorded = { readonly operation: string; readonly body: string };

/** A proxy in front of a DynamoDB that keeps what passes through: GET returns it, DELETE forgets it. */
export async function startRecorder(dynamodb: string): Promise<{ url: string; stop: () => void }> {
  let recorded: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') return outgoing.end(JSON.stringify(recorded));
    if (incoming.method === 'DELETE') {
      recorded = [];
      return outgoing.end();
    }
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    return incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      recorded.push({ operation: String(incoming.headers['x-amz-target']).split('.')[1] ?? '', body: body.toString() });
      request(dynamodb, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      })
        .on('error', () => outgoing.destroy())
        .end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, stop: () => server.close().closeAllConnections() };
}

/** The calls of the functions behind ISSUED_API_URL since `forgetCalls`; the stream's reader is not among them. */
export async function recordedCalls(): Promise<Recorded[]> {
  const all: Recorded[] = JSON.parse(await (await fetch(recorder())).text());
  return all.filter(({ operation }) => !streamOperations.has(operation));
}

const streamOperations = new Set([
  'DescribeStream',
  'GetShardIterator',
  'GetRecords',
  'DescribeTable',
  'CreateTable',
  'PutItem',
]);

export async function forgetCalls(): Promise<void> {
  await fetch(recorder(), { method: 'DELETE' });
}

function recorder(): string {
  return process.env.DYNAMODB_RECORDER ?? '';
}
