import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../infra/local/listen.ts';
import { attemptTimeout, deadline, timeBudget } from '../lambda/store/retry-until-definite.ts';
import { anAppointment } from './support/an-appointment.ts';
import { builtFunction, requestOf } from './support/built-function.ts';
import { functions } from './support/template.ts';

/** API Gateway gives up on a function after this long, in milliseconds; a HTTP API cannot raise it. */
const gatewayTimeout = 30_000;

/** What a function does besides: parsing, the pauses between two reads of the history, one log line. In milliseconds. */
const besides = 1_000;

process.env.TOKEN_URL = 'https://issuer.example/token';
process.env.AWS_REGION = 'us-east-1';
process.env.AWS_ACCESS_KEY_ID = 'a';
process.env.AWS_SECRET_ACCESS_KEY = 'a';
const eventBridge = await import('../lambda/stream/put-events.ts');
const { issuerTimeout } = await import('../lambda/token/request-token.ts');

describe('the time-outs', () => {
  // Each begins where the one before it ends: an upper bound, since the first two run at the same time.
  const lastAttempt = attemptTimeout.connectionTimeout + attemptTimeout.requestTimeout + attemptTimeout.socketTimeout;

  it('of the store fit inside each function, and each function inside API Gateway', async () => {
    expect(functions.length).toBeGreaterThan(0);
    for (const { timeout } of functions) {
      expect(timeBudget + lastAttempt + besides).toBeLessThan(timeout * 1_000);
      expect(issuerTimeout + besides).toBeLessThan(timeout * 1_000);
      const { retryBudget, attemptTimeout: eventTimeout } = eventBridge;
      const lastEvents = eventTimeout.connectionTimeout + eventTimeout.requestTimeout;
      expect(retryBudget + lastEvents + besides).toBeLessThan(timeout * 1_000);
      expect(timeout * 1_000).toBeLessThan(gatewayTimeout);
    }
  });

  it('leave time for another attempt after the first one', () => {
    expect(lastAttempt).toBeLessThan(timeBudget);
    expect(deadline() - Date.now()).toBeLessThanOrEqual(timeBudget);
  });

  it('end in a 503 just before that of a function: a write may have been done', async () => {
    const silent = createServer(() => {});
    const port = await listen(silent);
    const built = await builtFunction('deactivate-appointment', `http://127.0.0.1:${port}`, 3);
    const deactivation = (id: string) => requestOf('acme', { pathParameters: { id, version: '1' } });
    // Its start does not count in Lambda, and does here.
    expect(await built.invoke(deactivation('none'))).toMatchObject({ statusCode: 404 });
    const answer = await built.invoke(deactivation(randomUUID()));
    expect(answer).toMatchObject({ statusCode: 503, body: expect.stringContaining('ServiceUnavailableError') });
    await built.stop();
    silent.close().closeAllConnections();
  });

  it('of a create promise what its retry gets: with a placer id a 409, else the first response under the same key', async () => {
    const silent = createServer(() => {});
    const port = await listen(silent);
    const built = await builtFunction('create-appointment', `http://127.0.0.1:${port}`, 3);
    const creation = (fields: Record<string, unknown>) =>
      requestOf('acme', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(anAppointment(fields)),
      });
    expect(await built.invoke(creation({ service_duration: -1 }))).toMatchObject({ statusCode: 422 });
    const replies = await Promise.all(
      ['placer-1', null].map((placer_appointment_id) => built.invoke(creation({ placer_appointment_id }))),
    );
    expect(replies).toMatchObject([
      { statusCode: 503, body: expect.stringMatching(/409 with its id in data\.id/) },
      { statusCode: 503, body: expect.stringMatching(/Retry with the same Idempotency-Key/) },
    ]);
    expect(replies).not.toMatchObject([{ body: expect.stringMatching(/Idempotency-Key/) }, {}]);
    await built.stop();
    silent.close().closeAllConnections();
  });
});
