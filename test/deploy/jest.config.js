import { readdirSync, readFileSync } from 'node:fs';
import base from '../../jest.config.js';
import { differences } from './differences.js';

/** The suites of the routes that ask nothing but the API, and the deployed stack's own. */
const pastTheService = /'\.\.\/support\/(?:test-issuer|dynamodb-recorder|table|built-function)\.ts'|LOG_FILE/;
const routes = readdirSync('test/routes').map((file) => `test/routes/${file}`);
const local = routes.filter((file) => pastTheService.test(readFileSync(file, 'utf8')));

for (const file of local) process.stderr.write(`left out: ${file}, which reaches past the service\n`);
for (const { test, reason } of differences) process.stderr.write(`skipped: "${test}": ${reason}\n`);

const skipped = differences.map(({ test }) => test.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/routes/**/*.test.ts', '<rootDir>/test/deploy/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...local],
  ...(skipped.length > 0 && { testNamePattern: `^(?!.*(?:${skipped.join('|')}))` }),
  globalSetup: '<rootDir>/test/deploy/start-deployed.ts',
  // An emulated API takes its time.
  testTimeout: 120_000,
  maxWorkers: 1,
};
