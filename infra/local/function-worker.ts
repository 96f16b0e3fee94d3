import { parentPort, workerData } from 'node:worker_threads';

// One Lambda function in its own thread with its own environment: what Lambda's Node runtime does around a handler.

/** `end`: when the function's time is up, by Date.now(). */
export type Invocation = {
  readonly id: number;
  readonly event: unknown;
  readonly requestId: string;
  readonly end: number;
};
export type ToWorker = Invocation | 'flush';
export type FromWorker = { readonly id: number; readonly json?: string; readonly error?: string } | 'flushed';

const { module, handler } = workerData;
const { [handler]: handle } = await import(module);

for (const [method, level] of Object.entries({ log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' })) {
  Object.assign(console, {
    [method]: (message: unknown) =>
      process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message })}\n`),
  });
}

parentPort?.on('message', async (message: ToWorker) => {
  // The callback runs once the main thread has the log lines that were written before.
  if (message === 'flush') process.stdout.write('', () => send('flushed'));
  else send(await invoke(message));
});

async function invoke({ id, event, requestId, end }: Invocation): Promise<FromWorker> {
  try {
    const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => end - Date.now() };
    // Lambda passes the result on as JSON.
    return { id, json: JSON.stringify(await handle(event, context)) ?? 'null' };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    // Lambda's runtime logs this too, whatever it contains.
    console.error({ errorType: name, errorMessage: message, stackTrace: stack?.split('\n') });
    return { id, error: name };
  }
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}
