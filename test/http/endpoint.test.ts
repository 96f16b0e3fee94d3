import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { endpoint } from '../../lambda/http/endpoint.ts';
import { ok } from '../../lambda/http/http-response.ts';
import { guardedRoutes } from '../support/template.ts';

describe('endpoint', () => {
  it.each(guardedRoutes)('has the route key of the stack in lambda/$functionName.ts: $routeKey', async (route) => {
    const source = await readFile(`lambda/${route.functionName}.ts`, 'utf8');
    expect(/endpoint\(\s*'([^']+)'/.exec(source)?.[1]).toBe(route.routeKey);
  });

  it('passes a route only what its key has (tsc checks this)', () => {
    const keys = [
      endpoint('PUT /a/{id}/{version}', async ({ caller, id, version, body, idempotencyKey }) =>
        ok([caller, id.length, version + 1, body, idempotencyKey]),
      ),
      endpoint('POST /a', async ({ caller, body, idempotencyKey }) => ok([caller, body, idempotencyKey])),
      endpoint('DELETE /appointments/v1/{id}/{version}', async ({ id, cancellation_reason }) =>
        ok([id, cancellation_reason]),
      ),
      endpoint('GET /a/{id}', async ({ id, path }) => ok([id, path])),
      // @ts-expect-error: the path has no id
      endpoint('GET /a', async ({ id }) => ok(id)),
      // @ts-expect-error: the path has no version
      endpoint('GET /a/{id}', async ({ version }) => ok(version)),
      // @ts-expect-error: this is not the parameter of its query
      endpoint('GET /appointments/v1/updates/scan', async ({ cancellation_reason }) => ok(cancellation_reason)),
      // @ts-expect-error: a GET has no body
      endpoint('GET /a/{id}', async ({ body }) => ok(body)),
      // @ts-expect-error: a DELETE has no body
      endpoint('DELETE /a/{id}', async ({ body }) => ok(body)),
      // @ts-expect-error: a GET writes nothing
      endpoint('GET /a/{id}', async ({ idempotencyKey }) => ok(idempotencyKey)),
      // @ts-expect-error: no route reads this method
      endpoint('PATCH /a', async () => ok('')),
    ];
    expect(keys).toHaveLength(11);
  });
});
