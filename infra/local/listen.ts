import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes a server listen on a port of this machine, by default a free one. Resolves to the port. @throws Error of the server if it cannot */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

/** A port of this machine that nothing uses. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}

/** Resolves once something responds at the URL. @throws Error of the last attempt if nothing does for a minute */
export async function waitUntilReachable(url: string): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      await fetch(url, { method: 'POST' });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(10);
    }
  }
}
