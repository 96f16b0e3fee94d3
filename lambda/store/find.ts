import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { appointmentOf, itemOf } from './appointment-item.ts';
import { appointmentKey, appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { deadline, untilAnswered } from './until-answered.ts';

/** The current version of an appointment, a deactivated one too; undefined where the caller's organization has none of that id. */
export async function find(caller: Caller, id: string, end: number = deadline()): Promise<Appointment | undefined> {
  const get = new GetCommand({
    TableName: appointmentsTable,
    Key: appointmentKey(caller.organizationId, id),
    ConsistentRead: true,
  });
  const { answer } = await untilAnswered(() => dynamodb.send(get), end);
  return answer.Item && appointmentOf(itemOf(answer.Item));
}
