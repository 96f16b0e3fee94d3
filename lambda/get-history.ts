import { failure, notFound, ok } from './http/answer.ts';
import { endpoint } from './http/endpoint.ts';
import { readHistory } from './store/read-history.ts';

/** GET /appointments/v1/{id}/history: every version, oldest first, the current one included, never with a hole. */
export const handler = endpoint<'id'>(async ({ caller, path }) => {
  const history = await readHistory(caller, path.id);
  switch (history.outcome) {
    case 'read':
      return ok(history.versions);
    case 'absent':
      return notFound();
    case 'too_large':
      return failure('PayloadTooLargeError', { message: 'The history of this appointment is larger than 5 MB.' });
  }
});
