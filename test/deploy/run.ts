import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { helpOnRequest } from '../../infra/command-line.ts';
import { deploy } from './deploy.ts';
import { differences } from './differences.ts';
import { startEmulator } from './emulator.ts';
import { say } from './python.ts';

helpOnRequest(`npm run test:deploy [-- JEST'S ARGUMENTS]

Deploys the stack into an emulated AWS, and runs the suites against it. It needs python3.`);

const emulator = await startEmulator();
try {
  const { apiUrl, clients, outputs } = await deploy(emulator);
  say(`deployed: ${apiUrl}`);
  for (const { test, reason } of differences) say(`skipped: "${test}": ${reason}`);
  const jest = spawn('npm', ['run', '--silent', 'jest', '--', ...options(), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...emulator.environment,
      API_URL: apiUrl,
      AUTH_URL: apiUrl,
      CLIENTS: JSON.stringify(clients),
      OUTPUTS: JSON.stringify(outputs),
    },
  });
  const [code] = await once(jest, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await emulator.stop();
}

function options(): string[] {
  const skipped = differences.map(({ test }) => test.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return [
    ...['--selectProjects', 'deploy', '--testNamePattern', `^(?!.*(?:${skipped.join('|')}))`],
    // An emulated API takes its time.
    ...['--maxWorkers', '1', '--testTimeout', '120000'],
  ];
}
