import { setTimeout as sleep } from 'node:timers/promises';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { Unavailable } from '../appointment/unanswered.ts';
import { bytesOf, mostBytes } from './answer-size.ts';
import { type AppointmentItem, appointmentOf, itemOf } from './appointment-item.ts';
import { dynamodb } from './client.ts';
import { find } from './find.ts';
import { historyPartition, historyTable } from './history-table.ts';
import { deadline, untilAnswered } from './until-answered.ts';

/** What became of reading a history. */
export type HistoryRead =
  | { readonly outcome: 'read'; readonly versions: readonly Appointment[] }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'too_large' };

/** How long to wait for versions that the stream has not brought yet, in milliseconds. */
const patience = 2_000;

/**
 * Every version up to the current one, oldest first. The current one comes from the table itself, those before it from
 * the history, which follows it by a moment.
 * @throws Unavailable when a version is still missing after two seconds: better no answer than one with a hole
 */
export async function readHistory(caller: Caller, id: string): Promise<HistoryRead> {
  const end = deadline();
  const current = await find(caller, id, end);
  if (!current) return { outcome: 'absent' };

  const versions: Appointment[] = [];
  let bytes = bytesOf(current);
  const caughtUpBy = Date.now() + patience;
  while (versions.length < current.version - 1) {
    const page = await query(caller, id, versions.length + 1, current.version - 1, end);
    const before = versions.length;
    for (const item of page) {
      if (item.version !== versions.length + 1) break;
      const appointment = appointmentOf(item);
      bytes += bytesOf(appointment);
      if (bytes > mostBytes) return { outcome: 'too_large' };
      versions.push(appointment);
    }
    if (versions.length > before) continue;
    if (Date.now() > caughtUpBy) throw new Unavailable('the history has not caught up yet');
    await sleep(100);
  }
  return { outcome: 'read', versions: [...versions, current] };
}

async function query(caller: Caller, id: string, from: number, to: number, end: number): Promise<AppointmentItem[]> {
  const versions = new QueryCommand({
    TableName: historyTable,
    KeyConditionExpression: 'appointment_key = :appointment AND version BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':appointment': historyPartition(caller.organizationId, id),
      ':from': from,
      ':to': to,
    },
    ConsistentRead: true,
  });
  const { answer } = await untilAnswered(() => dynamodb.send(versions), end);
  return (answer.Items ?? []).map(itemOf);
}
