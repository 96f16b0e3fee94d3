import { commandLine, refuse } from '../command-line.ts';
import { jsonLog, terminalLog } from './stack-log.ts';

const help = `npm start [-- [--data FILE] [--events URL] [--watch]]

Serves the appointments service on this machine: the stack as it would be deployed, on an embedded DynamoDB.

  --data FILE       keep the data in FILE; without it the data is in memory
  --events URL      send each change event to URL, as an HTTP POST, until it accepts
  --watch           load a function again when its code in lambda/ changes

Environment variables

  PORT, AUTH_PORT   where the API and the tokens are: 4000 and 5050; 0 picks a free port
  HOST              listen on this name or address too, not only on the loopback addresses
  AWS_ENDPOINT_URL_DYNAMODB
                    use the DynamoDB there instead of the built-in one; missing tables are made

On a terminal it prints one line per request. In a pipe it prints JSON: first a line with the addresses and the clients,
then one line per request (npm start --silent leaves npm's own lines out).`;

// npm cannot pass a SIGKILL on: this process notices that npm is gone.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 100).unref();
}
// The database ends when this process exits, which a signal alone would not bring about.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(0));
// A script may read the first line and close the pipe.
process.stdout.on('error', () => {});

const { values } = commandLine(help, {
  options: { data: { type: 'string' }, events: { type: 'string' }, watch: { type: 'boolean' } },
});
if (values.data === '') refuse(help, '--data needs the name of a file');
if (values.events !== undefined && !/^https?:$/.test(URL.parse(values.events)?.protocol ?? '')) {
  refuse(help, '--events needs an http or https URL');
}
try {
  const [port, authPort] = [portFrom('PORT', 4000), portFrom('AUTH_PORT', 5050)];
  console.error('Starting the appointments service …');
  // The CDK takes two seconds to load: nobody should wait for it to read what is wrong with a flag.
  const { startLocalStack } = await import('./local-stack.ts');
  const { database } = await startLocalStack({
    port,
    authPort,
    host: process.env.HOST,
    dynamodb: process.env.AWS_ENDPOINT_URL_DYNAMODB || undefined,
    dataFile: values.data,
    events: values.events,
    watch: values.watch,
    log: process.stdout.isTTY ? terminalLog(process.stdout) : jsonLog(process.stdout),
  });
  void database.ended.then(fail);
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
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
