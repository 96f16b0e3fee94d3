import { parseArgs } from 'node:util';
import { localClients } from './local-issuer.ts';
import type { LocalStack } from './local-stack.ts';

const help = `npm start [-- --data FILE]

Serves the appointments service on this machine: the stack as it would be deployed, on an embedded DynamoDB.

  --data FILE       keep the data in FILE; without it the data is in memory
  PORT, AUTH_PORT   where the API and the tokens are: 4000 and 5050; 0 picks a free port
  AWS_ENDPOINT_URL_DYNAMODB
                    use the DynamoDB there instead of the built-in one; missing tables are made`;

// The database ends when this process exits, which a signal alone would not bring about. From the first moment on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(0));

try {
  const { values } = parseArgs({ options: { data: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(help);
  } else {
    if (values.data === '') throw new Error('--data needs the name of a file.');
    const [port, authPort] = [portFrom('PORT', 4000), portFrom('AUTH_PORT', 5050)];
    // The CDK takes two seconds to load: nobody should wait for it to read what is wrong with a flag.
    const { startLocalStack } = await import('./local-stack.ts');
    const stack = await startLocalStack({
      port,
      authPort,
      dynamodb: process.env.AWS_ENDPOINT_URL_DYNAMODB || undefined,
      dataFile: values.data,
      log: process.stdout,
    });
    introduce(stack);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function portFrom(variable: string, usual: number): number {
  const value = process.env[variable];
  if (value === undefined || value === '') return usual;
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new Error(`${variable} must be a port, 0 to 65535, not ${value}.`);
  return Number(value);
}

function introduce({ apiUrl, authUrl, database }: LocalStack): void {
  const [client] = localClients;
  console.log(`
Appointments service
  API       ${apiUrl}
  Docs      ${apiUrl}/docs
  Tokens    ${authUrl}/api/auth/v2/token
  Database  ${database.name}

Clients, as client_id / client_secret
${localClients.map(({ id, secret, scope, organization_id }) => `  ${`${id} / ${secret}`.padEnd(24)}organization ${organization_id ?? `client:${id}`}, ${scope}`).join('\n')}

To try it, copy this into another terminal:

  TOKEN=$(curl -s ${authUrl}/api/auth/v2/token -H 'content-type: application/json' \\
    -d '{"client_id":"${client.id}","client_secret":"${client.secret}"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')

  curl -si ${apiUrl}/appointments/v1 -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"patient_id":"p-1","start_timestamp":"2026-03-02T09:00:00Z","service_duration":30,"services":[]}'

Ctrl-C ends it. One line a request:
`);
}
