import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Appointment } from '../appointment/appointment.ts';
import type { Caller } from '../appointment/caller.ts';
import { appointmentOf, itemOf } from './appointment-item.ts';
import { appointmentsTable } from './appointments-table.ts';
import { dynamodb } from './client.ts';
import { appointmentKey } from './keys.ts';
import { deadline, retryUntilDefinite } from './retry-until-definite.ts';

/** The current version of an appointment, even if it is deactivated; undefined if the caller's organization has no such id. */
export async function find(caller: Caller, id: string, end: number = deadline()): Promise<Appointment | undefined> {
  const get = new GetCommand({
    TableName: appointmentsTable,
    Key: { appointment_key: appointmentKey(caller.organizationId, id) },
    ConsistentRead: true,
  });
  const { output } = await retryUntilDefinite(() => dynamodb.send(get), end);
  return output.Item && appointmentOf(itemOf(output.Item));
}
