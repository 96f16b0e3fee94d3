import { setTimeout as sleep } from 'node:timers/promises';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { OutcomeUnknownError } from '../appointment/errors.ts';
import { type AppointmentItem, appointmentOf, itemOf } from './appointment-item.ts';
import { dynamodb } from './client.ts';
import { find } from './find.ts';
import { historyTable } from './history-table.ts';
import { appointmentKey } from './keys.ts';
import { bytesOf, maxBytes } from './response-size.ts';
import { deadline, retryUntilDefinite } from './retry-until-definite.ts';

export type HistoryOutcome =
  | { readonly outcome: 'read'; readonly versions: readonly Appointment[] }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'too_large' };

/** How long to wait for versions that the stream has not written to the history table yet, in milliseconds. */
const catchUpTimeoutMs = 2_000;

/**
 * Every version, oldest first. The current one comes from the appointments table, the earlier ones from the history table,
 * which lags by a moment.
 * @throws OutcomeUnknownError if a version is still missing after two seconds, because a history must not have a gap
 */
export async function readHistory(caller: Caller, id: string): Promise<HistoryOutcome> {
  const end = deadline();
  const current = await find(caller, id, end);
  if (!current) return { outcome: 'absent' };

  const versions: Appointment[] = [];
  let bytes = bytesOf(current);
  const catchUpEnd = Date.now() + catchUpTimeoutMs;
  while (versions.length < current.version - 1) {
    const page = await query(caller, id, versions.length + 1, current.version - 1, end);
    const before = versions.length;
    for (const item of page) {
      if (item.version !== versions.length + 1) break;
      const appointment = appointmentOf(item);
      bytes += bytesOf(appointment);
      if (bytes > maxBytes) return { outcome: 'too_large' };
      versions.push(appointment);
    }
    if (versions.length > before) continue;
    if (Date.now() > catchUpEnd) throw new OutcomeUnknownError('the history has not caught up yet');
    await sleep(100);
  }
  return { outcome: 'read', versions: [...versions, current] };
}

async function query(caller: Caller, id: string, from: number, to: number, end: number): Promise<AppointmentItem[]> {
  const versions = new QueryCommand({
    TableName: historyTable,
    KeyConditionExpression: 'appointment_key = :appointment AND version BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':appointment': appointmentKey(caller.organizationId, id),
      ':from': from,
      ':to': to,
    },
    ConsistentRead: true,
  });
  const { output } = await retryUntilDefinite(() => dynamodb.send(versions), end);
  return (output.Items ?? []).map(itemOf);
}
