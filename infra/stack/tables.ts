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

/**
 * The tables. The organization is the partition key: isolation is in the key. A restore creates new tables, which the
 * settings `tableName`, `tableStreamArn` and `historyTableName` name.
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
    partitionKey: { name: 'organization_id', type: AttributeType.STRING },
    sortKey: { name: 'id', type: AttributeType.STRING },
    stream: StreamViewType.NEW_IMAGE,
  });
  appointments.addGlobalSecondaryIndex({
    indexName: 'updates',
    partitionKey: { name: 'organization_id', type: AttributeType.STRING },
    sortKey: { name: 'updated_at', type: AttributeType.STRING },
    projectionType: ProjectionType.ALL,
  });
  const history = new Table(scope, 'History', {
    ...table,
    partitionKey: { name: 'appointment_key', type: AttributeType.STRING },
    sortKey: { name: 'version', type: AttributeType.NUMBER },
  });
  const { tableStreamArn } = appointments;
  if (!tableStreamArn) throw new Error('The appointments table has no stream.');
  return { appointments, history, streamArn: tableStreamArn };
}
