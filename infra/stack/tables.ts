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

/** A table, created by the stack or restored. */
export type StackTable = Pick<ITable, 'tableName' | 'tableArn'>;

export type Tables = { readonly appointments: StackTable; readonly history: StackTable; readonly streamArn: string };

// On-demand, restorable to any second of the last 35 days, and protected from deletion.
const durableTable = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

// `<id>#<organization>`: isolation is in the key, and no organization is limited to one partition.
const appointmentKey = { name: 'appointment_key', type: AttributeType.STRING };

/**
 * The tables. A restore creates new tables, which the settings `tableName`, `tableStreamArn` and `historyTableName` name.
 */
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
    // Change events need both: only the old image tells a reactivation from an update.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  });
  appointments.addGlobalSecondaryIndex({
    indexName: 'updates',
    partitionKey: { name: 'feed_key', type: AttributeType.STRING },
    sortKey: { name: 'updated_at', type: AttributeType.STRING },
    // A change of the sort key costs a delete and a put: keys alone make both one unit.
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
