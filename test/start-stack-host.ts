import { bundle } from '../infra/build/bundle.ts';
import { findDynoxide } from '../infra/local/database.ts';
import { startStackHost } from './support/stack-host.ts';

/** Jest global setup: bundles the functions, and starts the host that starts each stack when a suite first needs it. */
export default async function setup(): Promise<void> {
  if (!process.env.AWS_ENDPOINT_URL_DYNAMODB) requireDatabase();
  await bundle();
  const { url, stop } = await startStackHost();
  process.env.STACK_HOST = url;
  Object.assign(globalThis, { stopStackHost: stop });
}

/** Exits with one clear message. Otherwise every suite would fail in its own way. */
function requireDatabase(): void {
  try {
    findDynoxide();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
