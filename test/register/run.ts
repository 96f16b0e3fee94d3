import { commandLine, refuse } from '../../infra/command-line.ts';
import { startLocalStack } from '../../infra/local/local-stack.ts';
import { silentLog } from '../../infra/local/stack-log.ts';
import { Progress } from '../support/progress.ts';
import { check } from './checker.ts';
import { runClients } from './clients.ts';

const help = `npm run test:register [-- --operations N]

Checks that an appointment's version is a linearizable register: 64 clients read and write 20 appointments.

  --operations N   number of reads and writes: 100000 by default, at least 20`;

const { values } = commandLine(help, { options: { operations: { type: 'string', default: '100000' } } });
const operations = Number(values.operations);
const [clients, appointments] = [64, 20];
if (!Number.isInteger(operations) || operations < appointments) {
  refuse(help, `--operations must be a whole number, ${appointments} or more`);
}

const stack = await startLocalStack({ port: 0, authPort: 0, dynamodb: undefined, log: silentLog });
Object.assign(process.env, { API_URL: stack.apiUrl, AUTH_URL: stack.authUrl });
const start = Date.now();
const progress = new Progress(operations, 'operations');
const operationsDone = await runClients(clients, appointments, operations, () => progress.advance());
const seconds = Math.round((Date.now() - start) / 1_000);
await stack.stop();

const violations = check(operationsDone);
const wins = operationsDone.filter(({ status, asked }) => status === 200 && asked !== undefined).length;
const conflicts = operationsDone.filter(({ status }) => status === 409).length;
for (const { rule, operation, detail } of violations.slice(0, 20)) {
  console.error(`${rule}: ${detail}: ${JSON.stringify(operation)}`);
}
console.log(`${clients} clients, ${appointments} appointments, ${seconds} s`);
console.log(
  `${operationsDone.length} operations: ${operationsDone.length - wins - conflicts} reads, ${wins} wins, ${conflicts} conflicts, ${violations.length} violations`,
);
process.exitCode = violations.length > 0 ? 1 : 0;
