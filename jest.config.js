export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // These take minutes, or need more than Node, and have commands of their own.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...['deploy', 'faults', 'local', 'stack'].map((suite) => `<rootDir>/test/${suite}/`),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  globalSetup: '<rootDir>/test/start-stacks.ts',
  globalTeardown: '<rootDir>/test/stop-stacks.ts',
  testTimeout: 30_000,
  maxWorkers: 3,
};
