export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // These have their own: npm run test:deploy.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/deploy/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  globalSetup: '<rootDir>/test/start-stacks.ts',
  globalTeardown: '<rootDir>/test/stop-stacks.ts',
  testTimeout: 30_000,
  maxWorkers: 2,
};
