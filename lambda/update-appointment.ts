import { parseAppointment } from './appointment/parse-appointment.ts';
import { endpoint } from './http/endpoint.ts';
import { unprocessable } from './http/http-response.ts';
import { writeResponse } from './http/write-response.ts';
import { replace } from './store/replace.ts';

/** Replaces the mutable part of an appointment. The path carries the next version. */
export const handler = endpoint(
  'PUT /appointments/v1/{id}/{version}',
  async ({ caller, id, version, body, idempotencyKey }) => {
    const parsed = parseAppointment(body);
    if (parsed.outcome === 'invalid') return unprocessable(parsed.violations);
    return writeResponse(await replace(caller, id, version, parsed.appointment, idempotencyKey));
  },
);
