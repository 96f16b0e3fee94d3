import { parseAppointment } from './appointment/parse-appointment.ts';
import { endpoint } from './http/endpoint.ts';
import { unprocessable } from './http/http-response.ts';
import { writeResponse } from './http/write-response.ts';
import { create } from './store/create.ts';

/** Creates version 1 of an appointment. The server generates the id. */
export const handler = endpoint('POST /appointments/v1', async ({ caller, body, idempotencyKey }) => {
  const parsed = parseAppointment(body);
  if (parsed.outcome === 'invalid') return unprocessable(parsed.violations);
  return writeResponse(await create(caller, parsed.appointment, idempotencyKey));
});
