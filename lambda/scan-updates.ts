import { utcMilliseconds } from './appointment/timestamp.ts';
import { endpoint } from './http/endpoint.ts';
import { errorResponse, ok } from './http/http-response.ts';
import { updatesSince } from './store/updates-since.ts';

/** Returns the appointments that changed at `since` or later, oldest change first, and a Link to the next page. */
export const handler = endpoint('GET /appointments/v1/updates/scan', async ({ caller, path, since = '' }) => {
  // Decoding a query turns the + of a UTC offset into a space.
  const from = utcMilliseconds(since.replace(/ (?=\d\d:\d\d$)/, '+'));
  if (from === undefined) {
    return errorResponse('BadRequestError', {
      message: 'The query parameter since must be a timestamp such as 2026-03-02T09:00:00Z.',
    });
  }
  const page = await updatesSince(caller, from);
  if (page.outcome === 'too_large') {
    return errorResponse('PayloadTooLargeError', {
      message:
        'The appointments that changed within one millisecond exceed 5 MB. Read them by id, then scan with a later since.',
    });
  }
  return ok(page.appointments, { link: `<${path}?since=${page.next}>; rel="next"` });
});
