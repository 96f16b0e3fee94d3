import { parseAppointment } from './appointment/parse-appointment.ts';
import { invalid } from './http/answer.ts';
import { boundedBody } from './http/bounded-body.ts';
import { endpoint } from './http/endpoint.ts';
import { idempotencyKey } from './http/idempotency-key.ts';
import { jsonBody } from './http/json-body.ts';
import { writeAnswer } from './http/write-answer.ts';
import { create } from './store/create.ts';

/** POST /appointments/v1: makes the first version of an appointment; the server makes the id. */
export const handler = endpoint(async ({ caller, body, idempotencyKey }) => {
  const { appointment, violations } = await parseAppointment(body);
  if (violations) return invalid(violations);
  return writeAnswer(await create(caller, appointment, idempotencyKey));
}).use([idempotencyKey(), boundedBody(), jsonBody()]);
