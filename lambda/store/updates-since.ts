import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { bytesOf, mostBytes } from './answer-size.ts';
import { appointmentOf, itemOf } from './appointment-item.ts';
import { appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { deadline, untilAnswered } from './until-answered.ts';

/** A page of changes, oldest first, and the `since` of the page after it; `too_large` where a page cannot end earlier. */
export type UpdatesPage =
  | { readonly outcome: 'read'; readonly appointments: readonly Appointment[]; readonly next: string }
  | { readonly outcome: 'too_large' };

const mostAppointments = 100;

/** Writers' clocks differ, a write may be repeated for seconds, and the index follows the table: what is younger than this may still appear, in milliseconds. */
const unsettled = 30_000;

/**
 * The appointments that changed at `since` (UTC, milliseconds) or later, as many as a page takes. A page never ends
 * inside a millisecond nor at `since` itself, so that whoever goes on from its last stamp misses nothing and moves on.
 */
export async function updatesSince(caller: Caller, since: string): Promise<UpdatesPage> {
  const page: Appointment[] = [];
  let millisecond: Appointment[] = [];
  let bytes = 0;
  // From before the first query: what appears while it is under way is still to come.
  const settled = new Date(Date.now() - unsettled).toISOString();
  for await (const appointment of changes(caller, since)) {
    if (millisecond.some(({ updated_at }) => updated_at !== appointment.updated_at)) {
      page.push(...millisecond);
      millisecond = [];
    }
    millisecond.push(appointment);
    bytes += bytesOf(appointment);
    const last = page.at(-1)?.updated_at;
    const full = page.length + millisecond.length > mostAppointments || bytes > mostBytes;
    if (full && last !== undefined && last > since) return { outcome: 'read', appointments: page, next: last };
    if (bytes > mostBytes) return { outcome: 'too_large' };
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
      Limit: mostAppointments + 1,
      ...(start && { ExclusiveStartKey: start }),
    });
    const { answer } = await untilAnswered(() => dynamodb.send(query), end);
    for (const attributes of answer.Items ?? []) yield appointmentOf(itemOf(attributes));
    start = answer.LastEvaluatedKey;
  } while (start);
}
