import { setTimeout as sleep } from 'node:timers/promises';
import { attemptTimeout } from '../../lambda/store/retry-until-definite.ts';
import { type Fault, made, type Reply } from './exchange.ts';

/** Everything that can go wrong between the service and DynamoDB, by the name that the suite prints. */
export const faults = {
  'reset before commit': ({ reset }) => reset(),
  'reset after commit': async ({ forward, reset }) => {
    await forward();
    reset();
  },
  // Nobody waits for it any more when it is carried out.
  'time-out before commit': async ({ forward }) => {
    await pastTimeout();
    await forward();
  },
  'time-out after commit': async ({ forward, answer }) => {
    const reply = await forward();
    await pastTimeout();
    answer(reply);
  },
  'reset mid-response': async ({ forward, respondHalf, reset }) => {
    await respondHalf(await forward());
    reset();
  },
  'silence mid-response': async ({ forward, respondHalf }) => respondHalf(await forward()),
  'trickling answer': async ({ forward, respondInDrops }) => respondInDrops(await forward()),
  '500 before commit': ({ answer }) => answer(internalServerError),
  '500 after commit': async ({ forward, answer }) => {
    await forward();
    answer(internalServerError);
  },
  '503 before commit': ({ answer }) => answer(failed(503, 'ServiceUnavailable')),
  // Of something between the two: it names no error of DynamoDB's, and says nothing about the write.
  'foreign 403 before commit': ({ answer }) => answer({ status: 403, headers: {}, body: Buffer.from('{}') }),
  ThrottlingException: ({ answer }) => answer(failed(400, 'ThrottlingException')),
  ProvisionedThroughputExceededException: ({ answer }) => answer(failed(400, 'ProvisionedThroughputExceededException')),
  'throttled and reset by turns': ({ attempt, answer, reset }) =>
    attempt % 2 === 1 ? answer(failed(400, 'ThrottlingException')) : reset(),
  'no JSON after commit': async ({ forward, answer }) =>
    answer({ ...(await forward()), body: Buffer.from('<html>200</html>') }),
  'truncated after commit': async ({ forward, answer }) => {
    const reply = await forward();
    answer({ ...reply, body: reply.body.subarray(0, -1) });
  },
  'empty 200 before commit': ({ answer }) => answer({ status: 200, headers: {}, body: Buffer.alloc(0) }),
  // Whose version this is, only the history can tell; the proxy throttles as many reads of it.
  'overtaken, history throttled': async ({ attempt, forward, answer, reset }) => {
    if (attempt > 1) await sleep(500);
    const reply = await forward();
    if (attempt > 1) answer(reply);
    else reset();
  },
} satisfies Record<string, Fault>;

export type FaultKind = keyof typeof faults;

/** What is answered where the fault does not end. A throttle alone leaves it certain that nothing was written. */
export function respondWithoutEnd(kind: FaultKind): 429 | 503 {
  return kind === 'ThrottlingException' || kind === 'ProvisionedThroughputExceededException' ? 429 : 503;
}

/** An error as DynamoDB answers it. */
export function failed(status: number, name: string): Reply {
  return made(status, JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name }));
}

const internalServerError = failed(500, 'InternalServerError');

async function pastTimeout(): Promise<void> {
  // By so much that whatever is sent once the service has given up on it comes first.
  await sleep(attemptTimeout.requestTimeout + 600 + Math.random() * 500);
}
