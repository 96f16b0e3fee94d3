import { fileURLToPath } from 'node:url';
import { LocalFunctions } from '../../infra/local/local-functions.ts';
import { functionLog } from './function-log.ts';
import { tableName } from './table.ts';

export type BuiltFunction = {
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** The log so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
};

/** Runs a function's bundle, as deployed, with the local stacks' tables. Its AWS calls go to the URL `aws`. `timeout` is in seconds. */
export async function builtFunction(name: string, aws: string, timeout = 20): Promise<BuiltFunction> {
  const lines: string[] = [];
  const settings = {
    id: name,
    name,
    module: fileURLToPath(new URL(`../../dist/${name}/index.mjs`, import.meta.url)),
    handler: 'handler',
    environment: {
      APPOINTMENTS_TABLE: await tableName('Appointments'),
      HISTORY_TABLE: await tableName('History'),
      EVENT_BUS: 'Appointments',
    },
    timeout,
    memorySize: 512,
  };
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: aws,
  };
  const functions = new LocalFunctions(
    [settings],
    async () => environment,
    functionLog((line) => lines.push(line)),
  );
  return {
    invoke: (event) => functions.invoke(name, event),
    log: () => lines.join(''),
    stop: () => functions.stop(),
  };
}

/** API Gateway's event for a request by a user of the organization, with only the members that the functions read. */
export function requestOf(organization: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const claims = { organization_id: organization, sub: 'user-1' };
  return {
    headers: {},
    rawPath: '/',
    rawQueryString: '',
    routeKey: 'TEST /',
    requestContext: { requestId: 'request-1', authorizer: { jwt: { claims } } },
    ...fields,
  };
}
