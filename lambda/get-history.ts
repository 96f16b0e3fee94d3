import { endpoint } from './http/endpoint.ts';
import { errorResponse, notFound, ok } from './http/http-response.ts';
import { readHistory } from './store/read-history.ts';

/** Returns every version, oldest first, including the current one. No version is missing. */
export const handler = endpoint('GET /appointments/v1/{id}/history', async ({ caller, id }) => {
  const history = await readHistory(caller, id);
  switch (history.outcome) {
    case 'read':
      return ok(history.versions);
    case 'absent':
      return notFound();
    case 'too_large':
      return errorResponse('PayloadTooLargeError', {
        message: 'The history of this appointment exceeds 5 MB, the limit of a response.',
      });
  }
});
