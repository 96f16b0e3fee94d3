import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { appointmentOf, itemOf } from './appointment-item.ts';
import { appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { bytesOf, maxBytes } from './response-size.ts';
import { deadline, untilAnswered } from './until-answered.ts';

/** A page of changes, oldest first, and the `since` of the next page; `too_large` if the page cannot end earlier. */
export type ScanOutcome =
  | { readonly outcome: 'read'; readonly appointments: readonly Appointment[]; readonly next: string }
  | { readonly outcome: 'too_large' };

const maxAppointments = 100;

/** Clocks differ, writes are retried for seconds, and the index lags: an older change may still appear this much later, in milliseconds. */
const settleWindowMs = 30_000;

/**
 * The appointments that changed at `since` (UTC, milliseconds) or later, as many as fit on a page. A page ends neither
 * inside a millisecond nor at `since` itself, so a client that continues from its last `updated_at` misses nothing and
 * always advances.
 */
export async function updatesSince(caller: Caller, since: string): Promise<ScanOutcome> {
  const page: Appointment[] = [];
  let millisecond: Appointment[] = [];
  let bytes = 0;
  // Before the first query: a change that appears during the scan comes after this.
  const settled = new Date(Date.now() - settleWindowMs).toISOString();
  for await (const appointment of changes(caller, since)) {
    if (millisecond.some(({ updated_at }) => updated_at !== appointment.updated_at)) {
      page.push(...millisecond);
      millisecond = [];
    }
    millisecond.push(appointment);
    bytes += bytesOf(appointment);
    const last = page.at(-1)?.updated_at;
    const full = page.length + millisecond.length > maxAppointments || bytes > maxBytes;
    if (full && last !== undefined && last > since) return { outcome: 'read', appointments: page, next: last };
    if (bytes > maxBytes) return { outcome: 'too_large' };
  }
  return { outcome: 'read', appointments: [...page, ...millisecond], next: settled };
}

async function* changes(caller: Caller, since: string): AsyncGenerator<Appointment> {
  const end = deadline();
  let start: Record<string, unknown> | undefined;
  do {
    const query = new QueryCommand({
      TableName: appointmentsTable,
      IndexName: 'updates',
      KeyConditionExpression: 'organization_id = :organization AND updated_at >= :since',
      ExpressionAttributeValues: { ':organization': caller.organizationId, ':since': since },
      Limit: maxAppointments + 1,
      ...(start && { ExclusiveStartKey: start }),
    });
    const { output } = await untilAnswered(() => dynamodb.send(query), end);
    for (const attributes of output.Items ?? []) yield appointmentOf(itemOf(attributes));
    start = output.LastEvaluatedKey;
  } while (start);
}
