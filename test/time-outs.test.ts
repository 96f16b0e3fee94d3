import { describe, expect, it } from '@jest/globals';
import { synthesize } from '../infra/local/template.ts';
import { attemptTimeout, dynamodb } from '../lambda/store/client.ts';
import { deadline, timeBudget } from '../lambda/store/until-answered.ts';

/** API Gateway gives up on a function after this long, in milliseconds; a HTTP API cannot raise it. */
const gatewayTimeout = 30_000;

/** What a function does besides: parsing, the pauses between two reads of the history, one log line. In milliseconds. */
const besides = 1_000;

process.env.TOKEN_URL = 'https://issuer.example/token';
const { issuerTimeout } = await import('../lambda/token/request-token.ts');

const issuer = { issuer: 'https://issuer.example', audience: 'a', tokenUrl: 'https://issuer.example/token' };

describe('the time-outs', () => {
  // Each begins where the one before it ends: an upper bound, since the first two run at the same time.
  const lastAttempt = attemptTimeout.connectionTimeout + attemptTimeout.requestTimeout + attemptTimeout.socketTimeout;

  it('of the store fit inside each function, and each function inside API Gateway', async () => {
    const { functions } = await synthesize(issuer);
    expect(functions.length).toBeGreaterThan(0);
    for (const { timeout } of functions) {
      expect(timeBudget + lastAttempt + besides).toBeLessThan(timeout * 1_000);
      expect(issuerTimeout + besides).toBeLessThan(timeout * 1_000);
      expect(timeout * 1_000).toBeLessThan(gatewayTimeout);
    }
  });

  it('leave time for another attempt after the first one', () => {
    expect(lastAttempt).toBeLessThan(timeBudget);
    expect(deadline() - Date.now()).toBeLessThanOrEqual(timeBudget);
  });

  it('are not multiplied by retries of the SDK', async () => {
    expect(await dynamodb.config.maxAttempts()).toBe(1);
  });
});
