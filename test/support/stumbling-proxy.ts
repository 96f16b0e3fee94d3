import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../../infra/local/listen.ts';

export type StumblingProxy = Disposable & {
  readonly url: string;
  /** What came in so far, as `PUT /path`. */
  readonly requests: readonly string[];
};

type Stumble = {
  readonly errorName: 'TooManyRequestsError' | 'ServiceUnavailableError';
  /** How many requests, from the first on. */
  readonly times: number;
  /** Whether they reach the service all the same, and only its answers are lost. */
  readonly lost?: boolean;
};

/** A server in front of `target` that answers the first requests with 429 or 503 and Retry-After, and passes the others on. */
export async function startStumblingProxy(target: string, stumble: Stumble): Promise<StumblingProxy> {
  const requests: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const stumbles = requests.length <= stumble.times;
    const body = await buffer(incoming);
    if (!stumbles) return pass(incoming, body, (answer) => relay(answer, outgoing));
    if (!stumble.lost) return refuse(outgoing);
    return pass(incoming, body, (answer) => answer.resume().once('end', () => refuse(outgoing)));
  });
  const port = await listen(server);
  return {
    url: `http://localhost:${port}`,
    requests,
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };

  function pass(
    { method, url, headers }: IncomingMessage,
    body: Buffer,
    done: (answer: IncomingMessage) => void,
  ): void {
    request(target + url, { method, headers }, done).end(body);
  }

  function refuse(outgoing: ServerResponse): void {
    const { errorName } = stumble;
    outgoing
      .writeHead(errorName === 'TooManyRequestsError' ? 429 : 503, {
        'content-type': 'application/json',
        'retry-after': '1',
        'cache-control': 'no-store',
      })
      .end(JSON.stringify({ errorName, content: { message: 'Stumbled.' } }));
  }
}

function relay(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(outgoing);
}
