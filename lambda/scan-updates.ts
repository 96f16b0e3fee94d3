import { utcMilliseconds } from './appointment/timestamp.ts';
import { failure, ok } from './http/answer.ts';
import { endpoint } from './http/endpoint.ts';
import { updatesSince } from './store/scan-updates.ts';

/** GET /appointments/v1/updates/scan?since=…: what changed since then, oldest change first, with a Link to go on. */
export const handler = endpoint(async ({ caller, rawPath, rawQueryString }) => {
  // A + in a query is a space to the gateway, and to URLSearchParams.
  const [since, ...others] = new URLSearchParams(rawQueryString).getAll('since');
  const from = utcMilliseconds(since?.replace(/ (?=\d\d:\d\d$)/, '+') ?? '');
  if (from === undefined || others.length > 0) {
    return failure('BadRequestError', { message: 'since must be one timestamp like 2026-03-02T09:00:00Z.' });
  }
  const page = await updatesSince(caller, from);
  if (page.outcome === 'too_large') {
    return failure('PayloadTooLargeError', {
      message:
        'More than 5 MB changed within a millisecond. Read those appointments by their ids, and go on with a later since.',
    });
  }
  return ok(page.appointments, { link: `<${rawPath}?since=${page.next}>; rel="next"` });
});
