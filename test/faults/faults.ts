import { setTimeout as sleep } from 'node:timers/promises';
import { attemptTimeout } from '../../lambda/store/retry-until-definite.ts';
import { type DatabaseResponse, type Fault, fakeResponse } from './exchange.ts';

/** Every fault between the service and DynamoDB, by the name that the suite prints. */
export const faults = {
  'reset before commit': ({ reset }) => reset(),
  'reset after commit': async ({ forward, reset }) => {
    await forward();
    reset();
  },
  // DynamoDB executes the write after the service has given up on it.
  'timeout before commit': async ({ forward }) => {
    await pastTimeout();
    await forward();
  },
  'timeout after commit': async ({ forward, respond }) => {
    const response = await forward();
    await pastTimeout();
    respond(response);
  },
  'reset mid-response': async ({ forward, respondHalf, reset }) => {
    await respondHalf(await forward());
    reset();
  },
  'silence mid-response': async ({ forward, respondHalf }) => respondHalf(await forward()),
  'slow response': async ({ forward, respondSlowly }) => respondSlowly(await forward()),
  '500 before commit': ({ respond }) => respond(internalServerError),
  '500 after commit': async ({ forward, respond }) => {
    await forward();
    respond(internalServerError);
  },
  '503 before commit': ({ respond }) => respond(dynamodbError(503, 'ServiceUnavailable')),
  // From a proxy or firewall: it is not an error of DynamoDB, and says nothing about the write.
  'foreign 403 before commit': ({ respond }) => respond({ status: 403, headers: {}, body: Buffer.from('{}') }),
  ThrottlingException: ({ respond }) => respond(dynamodbError(400, 'ThrottlingException')),
  ProvisionedThroughputExceededException: ({ respond }) =>
    respond(dynamodbError(400, 'ProvisionedThroughputExceededException')),
  'alternating throttle and reset': ({ attempt, respond, reset }) =>
    attempt % 2 === 1 ? respond(dynamodbError(400, 'ThrottlingException')) : reset(),
  'no JSON after commit': async ({ forward, respond }) =>
    respond({ ...(await forward()), body: Buffer.from('<html>200</html>') }),
  'truncated after commit': async ({ forward, respond }) => {
    const response = await forward();
    respond({ ...response, body: response.body.subarray(0, -1) });
  },
  'empty 200 before commit': ({ respond }) => respond({ status: 200, headers: {}, body: Buffer.alloc(0) }),
  // The service must read the history to learn who made the version. The proxy throttles those reads too.
  'overtaken, history throttled': async ({ attempt, forward, respond, reset }) => {
    if (attempt > 1) await sleep(500);
    const response = await forward();
    if (attempt > 1) respond(response);
    else reset();
  },
} satisfies Record<string, Fault>;

export type FaultKind = keyof typeof faults;

/** The response if the fault never ends. Only if every attempt is throttled is it certain that nothing was written. */
export function statusOfEndless(kind: FaultKind): 429 | 503 {
  return kind === 'ThrottlingException' || kind === 'ProvisionedThroughputExceededException' ? 429 : 503;
}

/** An error response of DynamoDB. */
export function dynamodbError(status: number, name: string): DatabaseResponse {
  return fakeResponse(status, JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name }));
}

const internalServerError = dynamodbError(500, 'InternalServerError');

async function pastTimeout(): Promise<void> {
  // Long enough that the service's next attempt arrives first.
  await sleep(attemptTimeout.requestTimeout + 600 + Math.random() * 500);
}
