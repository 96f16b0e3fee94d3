import { parseAppointment } from './appointment/parse-appointment.ts';
import { invalid } from './http/answer.ts';
import { boundedBody } from './http/bounded-body.ts';
import { endpoint } from './http/endpoint.ts';
import { idempotencyKey } from './http/idempotency-key.ts';
import { jsonBody } from './http/json-body.ts';
import { writeAnswer } from './http/write-answer.ts';
import { replace } from './store/replace.ts';

/** PUT /appointments/v1/{id}/{version}: replaces the mutable part of an appointment; the path carries the next version. */
export const handler = endpoint<'id' | 'version'>(async ({ caller, path, body, idempotencyKey }) => {
  const { appointment, violations } = await parseAppointment(body);
  if (violations) return invalid(violations);
  return writeAnswer(await replace(caller, path.id, path.version, appointment, idempotencyKey));
}).use([idempotencyKey(), boundedBody(), jsonBody()]);
