import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from './api.ts';

/** The functions' log so far, once it has the line of this reply's request. Lines of one function are in the order of its calls. */
export async function logUpTo({ headers }: Reply): Promise<string> {
  const requestId = headers.get('apigw-requestid') ?? '';
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const log = await readFile(process.env.LOG_FILE ?? '', 'utf8');
    if (log.includes(requestId)) return log;
    await sleep(20);
  }
  throw new Error(`The log has no line of the request ${requestId}.`);
}
