import { utcMilliseconds } from './appointment/timestamp.ts';
import { endpoint } from './http/endpoint.ts';
import { errorResponse, ok } from './http/http-response.ts';
import { updatesSince } from './store/updates-since.ts';

/** Returns the appointments that changed at `since` or later, oldest change first, with a Link to the next page. */
export const handler = endpoint('GET /appointments/v1/updates/scan', async ({ caller, path, since = '' }) => {
  // A query decodes the + of an offset as a space.
  const from = utcMilliseconds(since.replace(/ (?=\d\d:\d\d$)/, '+'));
  if (from === undefined) {
    return errorResponse('BadRequestError', { message: 'since must be a timestamp like 2026-03-02T09:00:00Z.' });
  }
  const page = await updatesSince(caller, from);
  if (page.outcome === 'too_large') {
    return errorResponse('PayloadTooLargeError', {
      message: 'More than 5 MB changed within one millisecond. Read those appointments by id, then use a later since.',
    });
  }
  return ok(page.appointments, { link: `<${path}?since=${page.next}>; rel="next"` });
});
