import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes a server listen on a port, by default a free one. Resolves to the port. @throws the server's Error if it cannot listen */
export async function listen(server: Server, port = 0, address = '127.0.0.1'): Promise<number> {
  server.listen(port, address);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The server has no port.');
  return bound.port;
}

/**
 * Makes a server listen on each address, all on the same port, by default a free one. Skips `::1` if the machine has no IPv6.
 * @throws the server's Error if it cannot listen
 */
export async function listenOnAll<S extends Server>(
  makeServer: () => S,
  port: number,
  addresses: readonly string[],
): Promise<{ readonly port: number; readonly servers: readonly S[] }> {
  for (let attempt = 1; ; attempt += 1) {
    const servers: S[] = [];
    try {
      let chosen = port;
      for (const address of addresses) {
        const server = makeServer();
        const bound = await listen(server, chosen, address).catch((error) => {
          if (address === '::1' && /EADDRNOTAVAIL|EAFNOSUPPORT/.test(error.code)) return undefined;
          throw error;
        });
        if (bound === undefined) continue;
        servers.push(server);
        chosen = bound;
      }
      return { port: chosen, servers };
    } catch (error) {
      for (const server of servers) server.close();
      // A free port of one address may be in use on another address: try another port.
      if (port !== 0 || attempt === 10) throw error;
    }
  }
}

/** Both loopback addresses, and the address of `host`. @throws Error with a sentence that says what to do */
export async function addressesWith(host: string | undefined): Promise<readonly string[]> {
  const loopback = ['127.0.0.1', '::1'];
  if (!host) return loopback;
  const { address } = await lookup(host).catch(() => {
    throw new Error(`HOST must be a name or an address of this machine, not ${host}.`);
  });
  // `::` includes all addresses. `0.0.0.0` includes all IPv4 addresses.
  if (address === '::') return ['::'];
  if (address === '0.0.0.0') return ['0.0.0.0', '::1'];
  return [...new Set([...loopback, address])];
}

/** Makes requests to this machine bypass a proxy, which NODE_USE_ENV_PROXY may configure. */
export function bypassProxyOnLoopback(): void {
  const { env } = process;
  const bypassed = [env.no_proxy ?? env.NO_PROXY, 'localhost', '127.0.0.1', '::1', '[::1]'].filter(Boolean).join(',');
  Object.assign(env, { NO_PROXY: bypassed, no_proxy: bypassed });
}

/** Finds a free port of this machine. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}

/** Resolves when a server responds at the URL. @throws the last attempt's Error if none responds within a minute */
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
