import { endpoint } from './http/endpoint.ts';
import { notFound, ok } from './http/http-response.ts';
import { find } from './store/find.ts';

/** Returns the current version, even if the appointment is deactivated. */
export const handler = endpoint('GET /appointments/v1/{id}', async ({ caller, id }) => {
  const appointment = await find(caller, id);
  return appointment ? ok(appointment) : notFound();
});
