import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalStack } from '../infra/local/stack.ts';
import { startFaultProxy } from './faults/fault-proxy.ts';
import { startRecorder } from './support/dynamodb-recorder.ts';
import { startTestIssuer, testAudience } from './support/test-issuer.ts';

/**
 * Three local stacks for all suites, on one database: the built-in one, or the one that AWS_ENDPOINT_URL_DYNAMODB names.
 * API_URL and AUTH_URL: as `npm start` has it, with its clients.
 * ISSUED_API_URL: the same stack behind an issuer whose key the tests have, and with a recorder before its DynamoDB.
 * FAULTY_API_URL and FAULTY_AUTH_URL: the first once more, with the fault proxy before its DynamoDB.
 * The log lines of all are in the file LOG_FILE.
 */
export default async function startStacks(): Promise<void> {
  const logFile = join(await mkdtemp(join(tmpdir(), 'appointments-test-')), 'log.jsonl');
  const ports = { port: 0, authPort: 0, dataFile: undefined, log: createWriteStream(logFile) };
  const stack = await startLocalStack({ ...ports, dynamodb: process.env.AWS_ENDPOINT_URL_DYNAMODB || undefined });
  const recorder = await startRecorder(stack.database.endpoint);
  const issuer = await startTestIssuer();
  const issued = await startLocalStack({
    ...ports,
    dynamodb: recorder.url,
    issuer: { issuer: issuer.url, audience: testAudience, tokenUrl: `${issuer.url}/token` },
  });
  const faultProxy = await startFaultProxy(stack.database.endpoint);
  const faulty = await startLocalStack({ ...ports, dynamodb: faultProxy.url });
  Object.assign(process.env, {
    API_URL: stack.apiUrl,
    AUTH_URL: stack.authUrl,
    FAULTY_API_URL: faulty.apiUrl,
    FAULTY_AUTH_URL: faulty.authUrl,
    ISSUED_API_URL: issued.apiUrl,
    DYNAMODB_RECORDER: recorder.url,
    DYNAMODB_URL: stack.database.endpoint,
    LOG_FILE: logFile,
  });
  Object.assign(globalThis, {
    stopStacks: async () => {
      await faulty.stop();
      await issued.stop();
      await stack.stop();
      faultProxy.stop();
      recorder.stop();
      issuer.stop();
    },
  });
}
