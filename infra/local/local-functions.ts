import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Invocation, Result } from './function-worker.ts';
import type { FunctionSettings } from './template.ts';

/** Calls a function with an event, as Lambda does. @throws Error when the function threw, crashed or ran out of time */
export type Invoke = (functionId: string, event: unknown) => Promise<unknown>;

/** The stack's functions, each in a worker thread that starts with the first call. Their log lines go to `log`. */
export class Functions {
  readonly #settings: ReadonlyMap<string, FunctionSettings>;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #log: Writable;
  readonly #running = new Map<string, RunningFunction>();

  constructor(settings: readonly FunctionSettings[], environment: Readonly<Record<string, string>>, log: Writable) {
    this.#settings = new Map(settings.map((one) => [one.id, one]));
    this.#environment = environment;
    this.#log = log;
  }

  invoke: Invoke = (functionId, event) => {
    let running = this.#running.get(functionId);
    if (!running?.alive) {
      const settings = this.#settings.get(functionId);
      if (!settings) throw new Error(`The template has no function ${functionId}.`);
      running = new RunningFunction(settings, this.#environment, this.#log);
      this.#running.set(functionId, running);
    }
    return running.invoke(event);
  };

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
  }
}

type Pending = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

class RunningFunction {
  alive = true;
  readonly #worker: Worker;
  readonly #timeout: number;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;

  constructor(
    { id, module, handler, environment, timeout, memorySize }: FunctionSettings,
    shared: object,
    log: Writable,
  ) {
    this.#timeout = timeout;
    this.#worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData: { module: pathToFileURL(module).href, handler },
      env: { ...shared, ...environment, AWS_LAMBDA_FUNCTION_NAME: id },
      resourceLimits: { maxOldGenerationSizeMb: memorySize },
      stdout: true,
      stderr: true,
    });
    for (const output of [this.#worker.stdout, this.#worker.stderr]) output.on('data', (chunk) => log.write(chunk));
    this.#worker.on('message', (result: Result) => this.#settle(result));
    this.#worker.on('error', (error) => {
      log.write(`${id} crashed: ${error.message}\n`);
      this.#die(error);
    });
    this.#worker.on('exit', () => this.#die(new Error('the function exited')));
  }

  invoke(event: unknown): Promise<unknown> {
    const id = this.#calls++;
    const time = this.#timeout * 1_000;
    const invocation: Invocation = { id, event, requestId: randomUUID(), end: Date.now() + time };
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#settle({ id, error: 'timeout' }), time);
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(late);
          settle(value);
        };
      this.#pending.set(id, { resolve: done(resolve), reject: done(reject) });
      this.#worker.postMessage(invocation);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle({ id, json, error }: Result): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (json === undefined) pending?.reject(new Error(error));
    else pending?.resolve(JSON.parse(json));
  }

  #die(error: Error): void {
    this.alive = false;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
