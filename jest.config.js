export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // These have their own commands: npm run test:deploy, npm run test:stack.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/deploy/', '<rootDir>/test/stack/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  globalSetup: '<rootDir>/test/start-stacks.ts',
  globalTeardown: '<rootDir>/test/stop-stacks.ts',
  testTimeout: 30_000,
  maxWorkers: 2,
};
