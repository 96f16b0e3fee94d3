import { randomUUID } from 'node:crypto';
import inspector from 'node:inspector';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { FunctionSettings } from '../synthesized-stack.ts';
import type { FromWorker, FunctionInWorker, Invocation, ToWorker } from './function-worker.ts';
import type { FunctionLine, StackLog } from './stack-log.ts';

/** Calls a function with an event, as Lambda does. @throws Error if the function throws, crashes or times out */
export type Invoke = (functionId: string, event: unknown) => Promise<unknown>;

/** The environment variables that Lambda sets: region and credentials. */
export type LambdaEnvironment = Readonly<Record<string, string>>;

/** The part of the log that functions use. */
export type FunctionLog = Pick<StackLog, 'functionLine' | 'error'>;

/** The stack's functions. Each runs in a worker thread, which starts at the first call. */
export class LocalFunctions {
  readonly #settings: ReadonlyMap<string, FunctionSettings>;
  readonly #environment: () => Promise<LambdaEnvironment>;
  readonly #log: FunctionLog;
  readonly #clockSpeed: number;
  readonly #running = new Map<string, RunningFunction>();

  constructor(
    settings: readonly FunctionSettings[],
    environment: () => Promise<LambdaEnvironment>,
    log: FunctionLog,
    clockSpeed = 1,
  ) {
    this.#settings = new Map(settings.map((each) => [each.id, each]));
    this.#environment = environment;
    this.#log = log;
    this.#clockSpeed = clockSpeed;
  }

  invoke: Invoke = async (functionId, event) => {
    const environment = await this.#environment();
    const running = this.#running.get(functionId);
    if (running?.alive && isDeepStrictEqual(running.environment, environment)) return running.invoke(event);
    // Start a new worker for new credentials. Lambda also replaces a process before its credentials expire.
    void running?.stop();
    const settings = this.#settings.get(functionId);
    if (!settings) throw new Error(`The template has no function ${functionId}.`);
    const started = new RunningFunction(settings, environment, this.#log, this.#clockSpeed);
    this.#running.set(functionId, started);
    return started.invoke(event);
  };

  /** Makes the next call of each function load its bundle again. Running calls finish with the old bundle. */
  restart(): void {
    for (const running of this.#running.values()) void running.stop();
    this.#running.clear();
  }

  /** Stops each function after its calls are done and its log lines are written. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
  }
}

type Pending = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

class RunningFunction {
  alive = true;
  readonly environment: LambdaEnvironment;
  readonly #worker: Worker;
  readonly #timeout: number;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #flushed = false;

  constructor(
    { id, name, module, handler, environment, timeout, memorySize }: FunctionSettings,
    shared: LambdaEnvironment,
    log: FunctionLog,
    clockSpeed: number,
  ) {
    this.environment = shared;
    this.#timeout = timeout;
    const workerData: FunctionInWorker = { module, handler, clockSpeed };
    this.#worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData,
      env: { ...shared, ...environment, AWS_LAMBDA_FUNCTION_NAME: id },
      resourceLimits: { maxOldGenerationSizeMb: memorySize },
      stdout: true,
      stderr: true,
    });
    for (const input of [this.#worker.stdout, this.#worker.stderr]) {
      createInterface({ input }).on('line', (line) => log.functionLine(name, lineOf(line)));
    }
    this.#worker.on('message', (message: FromWorker) => {
      if (message === 'flushed') this.#flushed = true;
      else if ('explanation' in message) log.error(name, message.explanation);
      else this.#settle(message);
    });
    this.#worker.on('error', (error) => {
      log.error(name, `crashed: ${error.message}`);
      this.#die(error);
    });
    this.#worker.on('exit', () => this.#die(new Error('the function exited')));
  }

  invoke(event: unknown): Promise<unknown> {
    const id = this.#calls++;
    // With a debugger attached, a call may wait at a breakpoint for an hour.
    const timeoutMs = inspector.url() ? 3_600_000 : this.#timeout * 1_000;
    const invocation: Invocation = { id, event, requestId: randomUUID(), end: Date.now() + timeoutMs };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle({ id, error: 'timeout' }), timeoutMs);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#send(invocation);
    });
  }

  /** Waits for running calls, then for the log, because terminating a worker drops log lines that have not arrived yet. */
  async stop(): Promise<void> {
    while (this.alive && this.#pending.size > 0) await sleep(10);
    this.#send('flush');
    const end = Date.now() + 1_000;
    while (this.alive && !this.#flushed && Date.now() < end) await sleep(5);
    await this.#worker.terminate();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #settle({ id, json, error }: Extract<FromWorker, { id: number }>): void {
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

/** Parses a line of the worker's output: JSON from the console, otherwise text that the function wrote to stdout directly. */
function lineOf(text: string): FunctionLine {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null && 'message' in line) return line;
  } catch {}
  return { message: text };
}
