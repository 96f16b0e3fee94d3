import { subscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { errorChannel } from '../../lambda/runtime/loggable-error.ts';
import { sourceMapOf } from '../build/source-map-of.ts';
import { explain } from './explain-error.ts';
import type { FunctionLine } from './stack-log.ts';

// One Lambda function in its own thread with its own environment: what Lambda's Node runtime does around a handler.

/** Which function a worker runs. */
export type FunctionInWorker = {
  /** Path of its bundle. */
  readonly module: string;
  readonly handler: string;
  /** How fast its clock runs. */
  readonly clockSpeed: number;
};

/** `end`: when the function's time is up, by Date.now(). */
export type Invocation = {
  readonly id: number;
  readonly event: unknown;
  readonly requestId: string;
  readonly end: number;
};
export type ToWorker = Invocation | 'flush';
export type FromWorker =
  | { readonly id: number; readonly json?: string; readonly error?: string }
  /** An error that the function logged, in full. */
  | { readonly explanation: string }
  | 'flushed';

const { module, handler, clockSpeed }: FunctionInWorker = workerData;
const bundle = pathToFileURL(module).href;
const sourceMap = sourceMapOf(module);
const { now } = Date;
const started = now();
// A retry budget passes faster; timeouts do not.
if (clockSpeed !== 1) Date.now = () => started + (now() - started) * clockSpeed;

// The deployed bundle does not name its source map: stack traces and debuggers need it.
process.setSourceMapsEnabled(true);
registerHooks({
  load: (url, context, next) => {
    if (url !== bundle || !existsSync(sourceMap)) return next(url, context);
    // Node takes a relative URL only.
    const source = `${readFileSync(module, 'utf8')}\n//# sourceMappingURL=${relative(dirname(module), sourceMap)}`;
    return { format: 'module', source, shortCircuit: true };
  },
});
subscribe(errorChannel, (error) => send({ explanation: explain(error) }));
for (const [method, level] of Object.entries({ log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' })) {
  Object.assign(console, {
    [method]: (...parts: unknown[]) => {
      const line: FunctionLine = { level, message: parts.length === 1 ? parts[0] : format(...parts) };
      process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), ...line })}\n`);
    },
  });
}
const { [handler]: handle } = await import(bundle);

parentPort?.on('message', async (message: ToWorker) => {
  // The callback runs once the main thread has the log lines that were written before.
  if (message === 'flush') process.stdout.write('', () => send('flushed'));
  else send(await invoke(message));
});

async function invoke({ id, event, requestId, end }: Invocation): Promise<FromWorker> {
  try {
    const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => end - now() };
    // Lambda passes the result on as JSON.
    return { id, json: JSON.stringify(await handle(event, context)) ?? 'null' };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    // Lambda's runtime logs this too, whatever it contains.
    console.error({ errorType: name, errorMessage: message, stackTrace: stack?.split('\n') });
    send({ explanation: explain(error) });
    return { id, error: name };
  }
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}
