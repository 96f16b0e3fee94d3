import { commandLine, refuse } from '../command-line.ts';
import { jsonLog, terminalLog } from './stack-log.ts';

const help = `npm start [-- [--data FILE] [--events URL] [--watch]]

Runs the appointments service on this machine: the same stack as a deployment, with a built-in DynamoDB.

  --data FILE       store the data in FILE; without this flag the data is in memory
  --events URL      send each change event to URL as an HTTP POST, and retry until it responds 2xx
  --watch           reload the functions when code in lambda/ changes

Environment variables

  PORT, AUTH_PORT   the ports of the API and of the tokens; the defaults are 4000 and 5050; 0 picks a free port
  HOST              also listen on this name or address, not only on the loopback addresses
  AWS_ENDPOINT_URL_DYNAMODB
                    use the DynamoDB at this URL instead of the built-in database, and create missing tables there

On a terminal it prints one line for each request. In a pipe it prints JSON: first a line with the addresses and the clients,
then one line for each request. npm start --silent removes npm's own lines.`;

// npm cannot pass on a SIGKILL, so stop when npm has ended.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 100).unref();
}
// Exit on a signal: an exit handler stops the database, and it does not run if the signal kills this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(0));
// Ignore a closed pipe: a script may read only the first line.
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
  // The CDK takes two seconds to load, so load it after the flags are checked.
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

function portFrom(variable: string, defaultPort: number): number {
  const value = process.env[variable];
  if (value === undefined || value === '') return defaultPort;
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new Error(`${variable} must be a port, 0 to 65535, not ${value}.`);
  return Number(value);
}
