import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { EncryptionKey } from './encryption-key.ts';
import type { Settings } from './settings.ts';

/** A table that the stack created, or a restored one. */
export type StackTable = Pick<ITable, 'tableName' | 'tableArn'>;

export type Tables = { readonly appointments: StackTable; readonly history: StackTable; readonly streamArn: string };

// On-demand, with point-in-time recovery for 35 days, and protected from deletion.
const durableTable = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

// `<id>#<organization>`: the key isolates organizations, and no organization is limited to one partition.
const appointmentKey = { name: 'appointment_key', type: AttributeType.STRING };

/** Adds the tables. After a restore, the settings `tableName`, `tableStreamArn` and `historyTableName` name restored tables instead. */
export function addTables(scope: Construct, settings: Settings, { key }: EncryptionKey): Tables {
  const { tableName, tableStreamArn: streamArn, historyTableName } = settings;
  if (tableName !== undefined && streamArn !== undefined && historyTableName !== undefined) {
    return {
      appointments: Table.fromTableName(scope, 'RestoredAppointments', tableName),
      history: Table.fromTableName(scope, 'RestoredHistory', historyTableName),
      streamArn,
    };
  }
  const table = {
    ...durableTable,
    ...(key
      ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }
      : { encryption: TableEncryption.AWS_MANAGED }),
  };
  const appointments = new Table(scope, 'Appointments', {
    ...table,
    partitionKey: appointmentKey,
    // Change events need the old image too: without it, a reactivation looks like an update.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  });
  appointments.addGlobalSecondaryIndex({
    indexName: 'updates',
    partitionKey: { name: 'feed_key', type: AttributeType.STRING },
    sortKey: { name: 'updated_at', type: AttributeType.STRING },
    // Each update changes the sort key, which costs a delete and a put. With keys only, each of them is one write unit.
    projectionType: ProjectionType.KEYS_ONLY,
  });
  const history = new Table(scope, 'History', {
    ...table,
    partitionKey: appointmentKey,
    sortKey: { name: 'version', type: AttributeType.NUMBER },
  });
  const { tableStreamArn } = appointments;
  if (!tableStreamArn) throw new Error('The appointments table has no stream.');
  return { appointments, history, streamArn: tableStreamArn };
}
