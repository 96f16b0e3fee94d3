import { createServer, type RequestListener } from 'node:http';
import { addressesWith, listenOnAll } from './listen.ts';

/** The ports of a local stack. Requests wait until `serve` is called. */
export type Ports = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly serve: (listener: RequestListener) => void;
  readonly stop: () => void;
};

export type PortOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  readonly authPort: number;
  /** A name or an address of this machine to listen on, in addition to the loopback addresses. */
  readonly host?: string | undefined;
};

// maxHeaderSize is API Gateway's limit for the request line and the headers. Node's default keep-alive of 5 s may close a
// connection just when a client reuses it.
const settings = { maxHeaderSize: 10_240, keepAliveTimeout: 65_000 };

/** Opens both ports. @throws Error with a sentence that says what to do */
export async function openPorts({ port, authPort, host }: PortOptions): Promise<Ports> {
  const { promise: listener, resolve: serve } = Promise.withResolvers<RequestListener>();
  const addresses = await addressesWith(host);
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const end of stops) end();
  };
  const open = async (requested: number, variable: string): Promise<string> => {
    const makeServer = () => createServer(settings, async (request, response) => (await listener)(request, response));
    const { port, servers } = await listenOnAll(makeServer, requested, addresses).catch((error) => {
      throw new Error(explainListenError(error, requested, variable));
    });
    stops.push(...servers.map((server) => () => server.close().closeAllConnections()));
    return `http://localhost:${port}`;
  };
  try {
    return { apiUrl: await open(port, 'PORT'), authUrl: await open(authPort, 'AUTH_PORT'), serve, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function explainListenError(
  { code, message }: { code?: string; message: string },
  port: number,
  variable: string,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: stop the program that uses it, or set ${variable} to another port (0 picks a free one).`;
    case 'EADDRNOTAVAIL':
      return 'HOST must be a name or an address of this machine.';
    default:
      return message;
  }
}
