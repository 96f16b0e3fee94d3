import { bundle } from '../infra/build/bundle.ts';
import { startStackHost } from './support/stack-host.ts';

/** Jest's global setup: the functions' bundles, and the host that starts a stack when a suite first needs it. */
export default async function setup(): Promise<void> {
  await bundle();
  const { url, stop } = await startStackHost();
  process.env.STACK_HOST = url;
  Object.assign(globalThis, { stopStackHost: stop });
}
