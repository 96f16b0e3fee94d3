import { endpoint } from './http/endpoint.ts';
import { emptyOk } from './http/http-response.ts';
import { writeResponse } from './http/write-response.ts';
import { deactivate } from './store/deactivate.ts';

/** Deactivates an appointment. The path carries the current version. */
export const handler = endpoint(
  'DELETE /appointments/v1/{id}/{version}',
  async ({ caller, id, version, cancellation_reason, idempotencyKey }) => {
    const written = await deactivate(caller, id, version, cancellation_reason, idempotencyKey);
    return written.outcome === 'deactivated' ? emptyOk() : writeResponse(written);
  },
);
