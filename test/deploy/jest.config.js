import { readdirSync, readFileSync } from 'node:fs';
import base from '../../jest.config.js';
import { differences } from './differences.js';

// What a suite of the routes mentions that only the local stack has: its database and log, the secrets of its clients,
// and a gateway that takes what no client of AWS's can send.
const localAlone =
  /'\.\.\/support\/(?:test-issuer|dynamodb-recorder|table|built-function|log|raw-call|stumbling-proxy)\.ts'|LOG_FILE|-secret'/;
const routes = readdirSync('test/routes').map((file) => `test/routes/${file}`);
const local = routes.filter((file) => localAlone.test(readFileSync(file, 'utf8')));

for (const file of local) process.stderr.write(`left out: ${file}, which needs what only the local stack has\n`);
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
