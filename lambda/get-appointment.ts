import { notFound, ok } from './http/answer.ts';
import { endpoint } from './http/endpoint.ts';
import { find } from './store/find.ts';

/** GET /appointments/v1/{id}: the current version, a deactivated one too. */
export const handler = endpoint<'id'>(async ({ caller, path }) => {
  const appointment = await find(caller, path.id);
  return appointment ? ok(appointment) : notFound();
});
