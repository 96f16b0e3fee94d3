import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { appointmentOf } from './appointment-item.ts';
import { currentItems, maxBatch } from './current-items.ts';
import { type FeedEntry, feedBetween } from './feed.ts';
import { bytesOf, maxBytes } from './response-size.ts';
import { deadline } from './retry-until-definite.ts';

/** A page of changes, oldest first, and the `since` of the next page. `too_large`: even the smallest possible page exceeds the limit. */
export type ScanOutcome =
  | { readonly outcome: 'read'; readonly appointments: readonly Appointment[]; readonly next: string }
  | { readonly outcome: 'too_large' };

const maxAppointments = 100;

/** How late a change may still appear in the index, in milliseconds: clocks differ, writes are retried for seconds, and the index lags. */
const settleWindowMs = 30_000;

/** How far a writer's clock may be ahead, in milliseconds. The scan ignores later changes, so that it ends even while writers continue. */
const maxClockLeadMs = 5_000;

/**
 * The appointments that changed at `since` (UTC, milliseconds) or later, as many as fit on a page. A page never ends inside a
 * millisecond or at `since` itself, so a client that continues from its last `updated_at` always advances. When the client is
 * caught up, `next` is 30 s ago.
 */
export async function updatesSince(caller: Caller, since: string): Promise<ScanOutcome> {
  const start = Date.now();
  const caughtUp = isoTime(start - settleWindowMs);
  let page: Appointment[] = [];
  let sameMillisecond: Appointment[] = [];
  let bytes = 0;
  for await (const appointment of changesBetween(caller, since, isoTime(start + maxClockLeadMs))) {
    if (sameMillisecond.some(({ updated_at }) => updated_at !== appointment.updated_at)) {
      page.push(...sameMillisecond);
      sameMillisecond = [];
    }
    const replaced = page.find(({ id }) => id === appointment.id);
    if (replaced) {
      page = page.filter((each) => each !== replaced);
      bytes -= bytesOf(replaced);
    }
    sameMillisecond.push(appointment);
    bytes += bytesOf(appointment);
    const last = page.at(-1)?.updated_at;
    const full = page.length + sameMillisecond.length > maxAppointments || bytes > maxBytes;
    if (full && last !== undefined && last > since) {
      // The shards are not read at the same instant, so changes after the start of this scan may be incomplete.
      return { outcome: 'read', appointments: page, next: last <= isoTime(start) ? last : caughtUp };
    }
    if (bytes > maxBytes) return { outcome: 'too_large' };
  }
  return { outcome: 'read', appointments: [...page, ...sameMillisecond], next: caughtUp };
}

/** The current versions of the appointments that changed between those times, oldest change first. */
async function* changesBetween(caller: Caller, since: string, until: string): AsyncGenerator<Appointment> {
  if (since > until) return;
  const end = deadline();
  const feed = feedBetween(caller.organizationId, since, until, end);
  const seen = new Set<string>();
  for (;;) {
    // Read one appointment more than fits: it proves that the page is full.
    const needed = maxAppointments + 1 - seen.size;
    const entries = await take(feed, needed > 0 ? Math.min(needed, maxBatch) : maxBatch);
    if (entries.length === 0) return;
    const items = await currentItems(
      entries.map(({ appointment_key }) => appointment_key),
      end,
    );
    for (const { appointment_key, updated_at } of entries) {
      const item = items.get(appointment_key);
      // If the appointment has changed again, it appears later, at its new time.
      if (item?.updated_at !== updated_at || seen.has(item.write_id)) continue;
      seen.add(item.write_id);
      yield appointmentOf(item);
    }
  }
}

async function take(feed: AsyncGenerator<FeedEntry>, count: number): Promise<FeedEntry[]> {
  const entries: FeedEntry[] = [];
  while (entries.length < count) {
    const { done, value } = await feed.next();
    if (done) break;
    entries.push(value);
  }
  return entries;
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
