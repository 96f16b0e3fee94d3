import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../infra/local/listen.ts';
import { attemptTimeout, deadline, retryBudgetMs } from '../lambda/store/retry-until-definite.ts';
import { anAppointment } from './support/an-appointment.ts';
import { builtFunction, requestOf } from './support/built-function.ts';
import { functions } from './support/template.ts';

/** API Gateway's timeout for a function, in milliseconds. An HTTP API cannot raise it. */
const gatewayTimeout = 30_000;

/** Time for a function's other work, in milliseconds: parsing, pauses between two reads of the history, one log line. */
const otherWork = 1_000;

process.env.TOKEN_URL = 'https://issuer.example/token';
process.env.AWS_REGION = 'us-east-1';
process.env.AWS_ACCESS_KEY_ID = 'a';
process.env.AWS_SECRET_ACCESS_KEY = 'a';
const eventBridge = await import('../lambda/stream/put-events.ts');
const { issuerTimeoutMs } = await import('../lambda/token/request-token.ts');

describe('the timeouts', () => {
  // An upper bound: it adds up the timeouts, although the first two run at the same time.
  const lastAttempt = attemptTimeout.connectionTimeout + attemptTimeout.requestTimeout + attemptTimeout.socketTimeout;

  it('of a function’s calls end before its own timeout, which ends before API Gateway’s', async () => {
    expect(functions.length).toBeGreaterThan(0);
    for (const { timeout } of functions) {
      expect(retryBudgetMs + lastAttempt + otherWork).toBeLessThan(timeout * 1_000);
      expect(issuerTimeoutMs + otherWork).toBeLessThan(timeout * 1_000);
      const { retryBudgetMs: eventBudgetMs, attemptTimeout: eventTimeout } = eventBridge;
      const lastEvents = eventTimeout.connectionTimeout + eventTimeout.requestTimeout;
      expect(eventBudgetMs + lastEvents + otherWork).toBeLessThan(timeout * 1_000);
      expect(timeout * 1_000).toBeLessThan(gatewayTimeout);
    }
  });

  it('leave time for a retry after the first attempt', () => {
    expect(lastAttempt).toBeLessThan(retryBudgetMs);
    expect(deadline() - Date.now()).toBeLessThanOrEqual(retryBudgetMs);
  });

  it('make a function return 503 (outcome unknown) just before Lambda ends it', async () => {
    const silent = createServer(() => {});
    const port = await listen(silent);
    const built = await builtFunction('deactivate-appointment', `http://127.0.0.1:${port}`, 3);
    const deactivation = (id: string) => requestOf('acme', { pathParameters: { id, version: '1' } });
    // The first call starts the function. Unlike in Lambda, the start counts toward the timeout here.
    expect(await built.invoke(deactivation('none'))).toMatchObject({ statusCode: 404 });
    const response = await built.invoke(deactivation(randomUUID()));
    expect(response).toMatchObject({ statusCode: 503, body: expect.stringContaining('ServiceUnavailableError') });
    await built.stop();
    silent.close().closeAllConnections();
  });

  it('make a create return 503 with the right advice: expect a 409 with a placer id, or reuse the Idempotency-Key', async () => {
    const silent = createServer(() => {});
    const port = await listen(silent);
    const built = await builtFunction('create-appointment', `http://127.0.0.1:${port}`, 3);
    const creation = (fields: Record<string, unknown>) =>
      requestOf('acme', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(anAppointment(fields)),
      });
    expect(await built.invoke(creation({ service_duration: -1 }))).toMatchObject({ statusCode: 422 });
    const responses = await Promise.all(
      ['placer-1', null].map((placer_appointment_id) => built.invoke(creation({ placer_appointment_id }))),
    );
    expect(responses).toMatchObject([
      { statusCode: 503, body: expect.stringMatching(/409 with its id in data\.id/) },
      { statusCode: 503, body: expect.stringMatching(/Retry with the same Idempotency-Key/) },
    ]);
    expect(responses).not.toMatchObject([{ body: expect.stringMatching(/Idempotency-Key/) }, {}]);
    await built.stop();
    silent.close().closeAllConnections();
  });
});
