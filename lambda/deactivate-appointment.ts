import { done } from './http/answer.ts';
import { endpoint } from './http/endpoint.ts';
import { idempotencyKey } from './http/idempotency-key.ts';
import { writeAnswer } from './http/write-answer.ts';
import { deactivate } from './store/deactivate.ts';

/** DELETE /appointments/v1/{id}/{version}: deactivates an appointment; the path carries the current version. */
export const handler = endpoint<'id' | 'version'>(async ({ caller, path, idempotencyKey }) => {
  const deactivated = await deactivate(caller, path.id, path.version, idempotencyKey);
  return deactivated.outcome === 'done' ? done() : writeAnswer(deactivated);
}).use(idempotencyKey());
