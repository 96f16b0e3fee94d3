import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynoxide } from '../../infra/local/database.ts';
import { listen } from '../../infra/local/listen.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import { type StackLog, silentLog } from '../../infra/local/stack-log.ts';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import { startRecorder } from './dynamodb-recorder.ts';
import { startTestIssuer, testAudience } from './test-issuer.ts';

/** The environment variables that a suite needs to use a stack. */
export type StackEnvironment = Readonly<Record<string, string>>;

export type StackName = keyof ReturnType<typeof stacks>;

/** Serves `GET /NAME`: the first request starts the stack NAME, and every request returns its environment. */
export async function startStackHost(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'appointments-test-'));
  const stops: (() => unknown)[] = [() => rm(folder, { recursive: true })];
  const host = stacks(folder, (stop) => stops.unshift(stop));
  const server = createServer(async (request, response) => {
    // A kept-alive connection could close just as a suite reuses it.
    response.setHeader('connection', 'close');
    const [, start] = Object.entries(host).find(([name]) => request.url === `/${name}`) ?? [];
    try {
      response.end(JSON.stringify(await start?.()));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  const port = await listen(server);
  stops.unshift(() => server.close().closeAllConnections());
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
}

/** The stacks of the suites. They share one database: the built-in one, or the one at AWS_ENDPOINT_URL_DYNAMODB. */
function stacks(folder: string, onStop: (stop: () => unknown) => void) {
  const logs = { LOG_FILE: join(folder, 'functions.jsonl'), GATEWAY_LOG_FILE: join(folder, 'gateway.jsonl') };
  const [functionFile, gatewayFile] = [createWriteStream(logs.LOG_FILE), createWriteStream(logs.GATEWAY_LOG_FILE)];
  const log: StackLog = {
    ...silentLog,
    functionLine: (_, line) => functionFile.write(`${JSON.stringify(line)}\n`),
    request: (line) => gatewayFile.write(`${JSON.stringify(line)}\n`),
  };

  const database = once(async () => {
    const configured = process.env.AWS_ENDPOINT_URL_DYNAMODB;
    if (configured) return { DYNAMODB_URL: configured };
    const { endpoint, stop } = await startDynoxide(undefined);
    onStop(stop);
    return { DYNAMODB_URL: endpoint };
  });

  /** The test issuer. The suites have its private key. */
  const issuer = once(async () => {
    const { environment, stop } = await startTestIssuer();
    onStop(stop);
    return environment;
  });

  /** The stack as `npm start` runs it. */
  const plain = once(async () => {
    const { DYNAMODB_URL } = await database();
    const { apiUrl, authUrl } = await localStack(DYNAMODB_URL);
    return { DYNAMODB_URL, API_URL: apiUrl, AUTH_URL: authUrl, ...logs };
  });

  /** The stack with the test issuer, and with a recorder in front of its database. */
  const issued = once(async () => {
    const [{ DYNAMODB_URL, ...others }, { ISSUER_URL, ISSUER_KEY }] = await Promise.all([plain(), issuer()]);
    const recorder = await startRecorder(DYNAMODB_URL);
    onStop(recorder.stop);
    const context = { issuer: ISSUER_URL, audience: testAudience, tokenUrl: `${ISSUER_URL}/token` };
    const { apiUrl } = await localStack(recorder.url, context);
    return {
      ...others,
      DYNAMODB_URL,
      ISSUER_URL,
      ISSUER_KEY,
      ISSUED_API_URL: apiUrl,
      DYNAMODB_RECORDER: recorder.url,
    };
  });

  /** The stack with the fault proxy in front of its database. */
  const faulty = once(async () => {
    const { DYNAMODB_URL } = await database();
    const proxy = await startFaultProxy(DYNAMODB_URL);
    onStop(proxy.stop);
    const { apiUrl, authUrl } = await localStack(proxy.url);
    return { DYNAMODB_URL, API_URL: apiUrl, AUTH_URL: authUrl, ...logs };
  });

  async function localStack(
    dynamodb: string,
    issuer?: Parameters<typeof startLocalStack>[0]['issuer'],
  ): Promise<LocalStack> {
    const options = { port: 0, authPort: 0, dynamodb, log };
    const stack = await startLocalStack({ ...options, ...(issuer && { issuer }) });
    onStop(stack.stop);
    return stack;
  }

  return { database, issuer, plain, issued, faulty };
}

function once<T extends StackEnvironment>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}
