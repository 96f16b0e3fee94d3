import { createServer, type RequestListener } from 'node:http';
import { addressesWith, listenOnAll } from './listen.ts';

/** The ports of a local stack. Requests wait until it is ready to serve them. */
export type Ports = {
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly serve: (listener: RequestListener) => void;
  readonly stop: () => void;
};

export type PortOptions = {
  /** 0: a free one. */
  readonly port: number;
  readonly authPort: number;
  /** A name or an address of this machine to listen on, besides the loopback addresses. */
  readonly host?: string | undefined;
};

// API Gateway's limit for the request line and the headers. Node's own 5 s of keep-alive would end connections just as a
// client takes them up again.
const settings = { maxHeaderSize: 10_240, keepAliveTimeout: 65_000 };

/** Listens on both ports. @throws Error with a sentence that says what to do */
export async function openPorts({ port, authPort, host }: PortOptions): Promise<Ports> {
  const { promise: listener, resolve: serve } = Promise.withResolvers<RequestListener>();
  const addresses = await addressesWith(host);
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const end of stops) end();
  };
  const open = async (wanted: number, variable: string): Promise<string> => {
    const makeServer = () => createServer(settings, async (request, response) => (await listener)(request, response));
    const { port, servers } = await listenOnAll(makeServer, wanted, addresses).catch((error) => {
      throw new Error(complaintAbout(error, wanted, variable));
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

function complaintAbout({ code, message }: { code?: string; message: string }, port: number, variable: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: end what uses it, or set ${variable} to another port (0 picks a free one).`;
    case 'EADDRNOTAVAIL':
      return 'HOST must be a name or an address of this machine.';
    default:
      return message;
  }
}
