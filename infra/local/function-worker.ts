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

// Runs one Lambda function in its own thread, with its own environment, as Lambda's Node runtime does.

/** The function that a worker runs. */
export type FunctionInWorker = {
  /** The path of its bundle. */
  readonly module: string;
  readonly handler: string;
  /** 1, or how many times faster than real time its clock runs. */
  readonly clockSpeed: number;
};

/** A call of the function. `end` is the time of its timeout, in milliseconds since 1970. */
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
// Makes the retry budget end sooner. Timeouts use the real clock.
if (clockSpeed !== 1) Date.now = () => started + (now() - started) * clockSpeed;

// Stack traces and debuggers need the source map. The deployed bundle has no reference to it, so add one while loading.
process.setSourceMapsEnabled(true);
registerHooks({
  load: (url, context, next) => {
    if (url !== bundle || !existsSync(sourceMap)) return next(url, context);
    // Node accepts only a relative URL.
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
  // The callback runs after the main thread has received all earlier log lines.
  if (message === 'flush') process.stdout.write('', () => send('flushed'));
  else send(await invoke(message));
});

async function invoke({ id, event, requestId, end }: Invocation): Promise<FromWorker> {
  try {
    const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => end - now() };
    // Lambda converts the result to JSON.
    return { id, json: JSON.stringify(await handle(event, context)) ?? 'null' };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    // Lambda's runtime logs the full error too.
    console.error({ errorType: name, errorMessage: message, stackTrace: stack?.split('\n') });
    send({ explanation: explain(error) });
    return { id, error: name };
  }
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}
