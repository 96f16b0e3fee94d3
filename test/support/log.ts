import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from './api.ts';

/** Waits until the functions' log has the line of this request, and returns the log. Each function logs its calls in order. */
export async function logUpTo({ headers }: Reply): Promise<string> {
  const requestId = headers.get('apigw-requestid') ?? '';
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const log = await readFile(process.env.LOG_FILE ?? '', 'utf8');
    if (log.includes(requestId)) return log;
    await sleep(20);
  }
  throw new Error(`After 2 s, the log has no line for the request ${requestId}.`);
}
