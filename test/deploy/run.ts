import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { decodeJwt } from 'jose';
import { commandLine } from '../../infra/command-line.ts';
import { deployedFlags, findDeployed } from '../../infra/local/find-deployed.ts';
import { say } from '../support/progress.ts';
import { deploy } from './deploy.ts';
import { emulatorDifferences, oneClientDifferences } from './differences.ts';
import { startEmulator } from './emulator.ts';

const help = `npm run test:deploy -- [--url API_URL --client-id ID --client-secret SECRET] [SUITES]

Deploys the stack to an emulated AWS (which needs python3), and runs the suites against it.

  --url, --client-id, --client-secret   run the suites against this deployed stack instead; they leave appointments there
  SUITES                                patterns of the test files to run; the default is all of them`;

const { values, positionals } = commandLine(help, { options: deployedFlags, allowPositionals: true });
try {
  process.exitCode =
    Object.keys(values).length > 0 ? await testDeployed(values, positionals) : await testEmulated(positionals);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function testDeployed(flags: Parameters<typeof findDeployed>[0], suites: readonly string[]): Promise<number> {
  const { apiUrl, client, token } = await findDeployed(flags);
  say(`testing the deployed stack at ${apiUrl}. The tests leave appointments there`);
  const { organization_id = `client:${client.id}` } = decodeJwt<{ organization_id?: string }>(token);
  const acme = { ...client, organization: organization_id };
  return runSuites(suites, oneClientDifferences, {
    API_URL: apiUrl,
    AUTH_URL: apiUrl,
    CLIENTS: JSON.stringify({ acme }),
  });
}

async function testEmulated(suites: readonly string[]): Promise<number> {
  const emulator = await startEmulator();
  try {
    const { apiUrl, clients, outputs } = await deploy(emulator);
    say(`deployed: ${apiUrl}`);
    return await runSuites(suites, emulatorDifferences, {
      ...emulator.environment,
      API_URL: apiUrl,
      AUTH_URL: apiUrl,
      CLIENTS: JSON.stringify(clients),
      OUTPUTS: JSON.stringify(outputs),
    });
  } finally {
    await emulator.stop();
  }
}

async function runSuites(
  suites: readonly string[],
  differences: typeof emulatorDifferences,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  for (const { test, reason } of differences) say(`skipped: "${test}": ${reason}`);
  const skipped = differences.map(({ test }) => test.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const options = [
    ...['--selectProjects', 'deploy', '--testNamePattern', `^(?!.*(?:${skipped.join('|')}))`],
    // The emulated API is slow.
    ...['--maxWorkers', '1', '--testTimeout', '120000'],
  ];
  const jest = spawn(
    'npm',
    ['run', '--silent', 'jest', '--', ...options, '--testPathPatterns', ...(suites.length > 0 ? suites : ['.'])],
    {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    },
  );
  const [code] = await once(jest, 'exit');
  return code ?? 1;
}
