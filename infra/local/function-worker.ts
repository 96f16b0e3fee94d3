import { parentPort, workerData } from 'node:worker_threads';

// One Lambda function in a thread of its own, with its own environment: what Lambda's Node runtime does around a handler.

/** `end`: when the function's time is up, by Date.now(). */
export type Invocation = {
  readonly id: number;
  readonly event: unknown;
  readonly requestId: string;
  readonly end: number;
};
export type Result = { readonly id: number; readonly json?: string; readonly error?: string };

const { module, handler } = workerData;
const { [handler]: handle } = await import(module);

for (const [method, level] of Object.entries({ log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' })) {
  Object.assign(console, {
    [method]: (message: unknown) =>
      process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message })}\n`),
  });
}

parentPort?.on('message', async ({ id, event, requestId, end }: Invocation) => {
  parentPort?.postMessage(await invoke());

  async function invoke(): Promise<Result> {
    try {
      const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => end - Date.now() };
      // Lambda answers with JSON, and hands over nothing else.
      return { id, json: JSON.stringify(await handle(event, context)) ?? 'null' };
    } catch (error) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      // As Lambda's runtime does, whatever is in it.
      console.error({ errorType: name, errorMessage: message, stackTrace: stack?.split('\n') });
      return { id, error: name };
    }
  }
});
