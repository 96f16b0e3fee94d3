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

/** A table, created by the stack or restored. */
export type StackTable = Pick<ITable, 'tableName' | 'tableArn'>;

export type Tables = { readonly appointments: StackTable; readonly history: StackTable; readonly streamArn: string };

// On-demand, encrypted, restorable to any second of the last 35 days, and protected from deletion.
const durableTable = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

// `<id>#<organization>`: isolation is in the key, and no organization is limited to one partition.
const appointmentKey = { name: 'appointment_key', type: AttributeType.STRING };

/**
 * The tables. A restore creates new tables; the context's
 * `tableName`, `tableStreamArn` and `historyTableName` point the stack at them.
 */
export function addTables(scope: Construct): Tables {
  const restored = restoredTables(scope);
  if (restored) return restored;
  const appointments = new Table(scope, 'Appointments', {
    ...durableTable,
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
    ...durableTable,
    partitionKey: appointmentKey,
    sortKey: { name: 'version', type: AttributeType.NUMBER },
  });
  const { tableStreamArn } = appointments;
  if (!tableStreamArn) throw new Error('The appointments table has no stream.');
  return { appointments, history, streamArn: tableStreamArn };
}

function restoredTables(scope: Construct): Tables | undefined {
  const named = ['tableName', 'tableStreamArn', 'historyTableName'].map((name): string | undefined =>
    scope.node.tryGetContext(name),
  );
  if (named.every((value) => value === undefined)) return undefined;
  const [tableName, streamArn, historyTableName] = named;
  if (!tableName || !streamArn || !historyTableName) {
    throw new Error('Restored tables need all of tableName, tableStreamArn and historyTableName.');
  }
  return {
    appointments: Table.fromTableName(scope, 'RestoredAppointments', tableName),
    history: Table.fromTableName(scope, 'RestoredHistory', historyTableName),
    streamArn,
  };
}
