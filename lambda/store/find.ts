import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { appointmentOf, itemOf } from './appointment-item.ts';
import { appointmentKey, appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { untilAnswered } from './until-answered.ts';

/** The current version of an appointment, a deactivated one too; undefined where the caller's organization has none of that id. */
export async function find(caller: Caller, id: string): Promise<Appointment | undefined> {
  const { answer } = await untilAnswered(() =>
    dynamodb.send(
      new GetCommand({
        TableName: appointmentsTable,
        Key: appointmentKey(caller.organizationId, id),
        ConsistentRead: true,
      }),
    ),
  );
  return answer.Item && appointmentOf(itemOf(answer.Item));
}
