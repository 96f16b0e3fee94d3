import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../../infra/local/listen.ts';

export type FailingProxy = Disposable & {
  readonly url: string;
  /** Every request so far, as `PUT /path`. */
  readonly requests: readonly string[];
};

type Failure = {
  readonly errorName: 'TooManyRequestsError' | 'ServiceUnavailableError';
  /** How many requests fail, counted from the first one. */
  readonly times: number;
  /** Whether a failing request still reaches the service, and only the response is lost. */
  readonly lost?: boolean;
};

/** Starts a proxy in front of `target`. The first requests get a 429 or 503 with Retry-After; it passes the others on. */
export async function startFailingProxy(target: string, { errorName, times, lost }: Failure): Promise<FailingProxy> {
  const requests: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const fails = requests.length <= times;
    const body = await buffer(incoming);
    if (!fails) return forward(incoming, body, (response) => relay(response, outgoing));
    if (!lost) return fail(outgoing);
    return forward(incoming, body, (response) => response.resume().once('end', () => fail(outgoing)));
  });
  const port = await listen(server);
  return {
    url: `http://localhost:${port}`,
    requests,
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };

  function forward(
    { method, url, headers }: IncomingMessage,
    body: Buffer,
    onResponse: (response: IncomingMessage) => void,
  ): void {
    request(target + url, { method, headers }, onResponse).end(body);
  }

  function fail(outgoing: ServerResponse): void {
    outgoing
      .writeHead(errorName === 'TooManyRequestsError' ? 429 : 503, {
        'content-type': 'application/json',
        'retry-after': '1',
        'cache-control': 'no-store',
      })
      .end(JSON.stringify({ errorName, content: { message: 'Failed on purpose.' } }));
  }
}

function relay(response: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  response.pipe(outgoing);
}
