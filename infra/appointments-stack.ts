import { CfnOutput, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { addChangeEvents } from './stack/change-events.ts';
import { encryptionKey } from './stack/encryption-key.ts';
import { addFunction, type Permission } from './stack/function.ts';
import { addIssuer } from './stack/issuer.ts';
import { addMonitoring } from './stack/monitoring.ts';
import { addRoute } from './stack/route.ts';
import type { Settings } from './stack/settings.ts';
import { addDefaultStage } from './stack/stage.ts';
import { addStreamReader } from './stack/stream-reader.ts';
import { addTables } from './stack/tables.ts';

/** The whole service: tables, functions, HTTP API, JWT authorizer and Cognito (or the issuer in the settings). */
export class AppointmentsStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { terminationProtection: settings.terminationProtection ?? false });
    const encryption = encryptionKey(this, settings);
    const tables = addTables(this, settings, encryption);
    const issuer = addIssuer(this, settings);
    const api = new HttpApi(this, 'Api', {
      apiName: this.stackName,
      description: 'Appointments v1',
      createDefaultStage: false,
    });

    // A function's environment names its tables. Its permissions say what it may do with them.
    const { appointments, history } = tables;
    const current = { APPOINTMENTS_TABLE: appointments.tableName };
    const both = { ...current, HISTORY_TABLE: history.tableName };
    const may = (action: string, resource: string): Permission => ({ actions: [`dynamodb:${action}`], resource });
    const read = [may('GetItem', appointments.tableArn)];
    const readAll = [...read, may('Query', history.tableArn)];
    const scan = [may('Query', `${appointments.tableArn}/index/updates`), may('BatchGetItem', appointments.tableArn)];
    const write = [may('UpdateItem', appointments.tableArn), may('GetItem', history.tableArn)];

    const route = (
      key: string,
      functionName: string,
      scope: 'read' | 'write',
      environment: Readonly<Record<string, string>>,
      permissions: readonly Permission[],
    ) => {
      const fn = addFunction(this, functionName, environment, encryption.withKey(permissions));
      return addRoute(api, key, fn, { authorizer: issuer.authorizer, scope: `appointments/${scope}` });
    };
    const routes = [
      route('PUT /appointments/v1/{id}/{version}', 'update-appointment', 'write', both, write),
      route('POST /appointments/v1', 'create-appointment', 'write', both, write),
      route('GET /appointments/v1/{id}', 'get-appointment', 'read', current, read),
      route('GET /appointments/v1/{id}/history', 'get-history', 'read', both, readAll),
      route('GET /appointments/v1/updates/scan', 'scan-updates', 'read', current, scan),
      route('DELETE /appointments/v1/{id}/{version}', 'deactivate-appointment', 'write', both, write),
    ];
    const token = addRoute(api, 'POST /api/auth/v2/token', addFunction(this, 'issue-token', issuer.environment, []));

    const accessLog = addDefaultStage(this, api, token, settings);
    const recorder = addStreamReader(this, 'record-history', {
      streamArn: tables.streamArn,
      environment: { HISTORY_TABLE: history.tableName },
      permission: may('PutItem', history.tableArn),
      bucketId: 'FailedRecords',
      encryption,
    });
    const publisher = settings.events ? addChangeEvents(this, tables.streamArn, encryption) : undefined;
    addMonitoring(this, {
      api,
      routes: [...routes, token],
      accessLog,
      recorder,
      publisher,
      tables,
      key: encryption.key,
    });

    const output = (name: string, ...values: string[]) => new CfnOutput(this, name, { value: values.join(' ') });
    const functionLogs = this.node
      .findAll()
      .flatMap((each) => (each instanceof LogGroup && each !== accessLog ? [each.logGroupName] : []));
    const writing = routes.filter((each) => each.scope === 'appointments/write');
    output('ApiUrl', api.apiEndpoint);
    output('TokenUrl', `${api.apiEndpoint}/api/auth/v2/token`);
    output('AppointmentsTable', appointments.tableName);
    output('HistoryTable', history.tableName);
    output('RecordHistoryFunction', recorder.fn.functionName);
    output('WritingFunctions', ...writing.map(({ fn }) => fn.functionName));
    output('AccessLogGroup', accessLog.logGroupName);
    output('FunctionLogGroups', ...functionLogs);
  }
}
