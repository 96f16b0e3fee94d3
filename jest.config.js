const suites = (displayName, testMatch, settings = {}) => ({
  displayName,
  testMatch: testMatch.map((pattern) => `<rootDir>/test/${pattern}`),
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  ...settings,
});

// Each stack starts when the first suite needs it.
const withStacks = {
  globalSetup: '<rootDir>/test/start-stack-host.ts',
  globalTeardown: '<rootDir>/test/stop-stack-host.ts',
};

export default {
  maxWorkers: 3,
  testTimeout: 30_000,
  projects: [
    // npm test
    suites('domain', ['{appointment,register}/*.test.ts'], { globalSetup: '<rootDir>/test/compile-validator.ts' }),
    suites('service', ['*.test.ts', '{http,infra,routes,store,token}/*.test.ts'], {
      ...withStacks,
      setupFilesAfterEnv: ['<rootDir>/test/support/documented-responses.ts'],
    }),
    // Each of these has its own command: they take minutes, or need more than Node.
    suites('local', ['local/*.test.ts'], withStacks),
    suites('sdks', ['sdks/*.test.ts'], withStacks),
    suites('faults', ['faults/*.test.ts'], {
      ...withStacks,
      setupFiles: ['<rootDir>/test/faults/use-faulty-stack.js'],
    }),
    suites('stack', ['{operate,stack}/*.test.ts'], { globalSetup: '<rootDir>/test/bundle-functions.ts' }),
    suites('deploy', ['routes/*.test.ts', 'deploy/*.test.ts'], {
      // What only the local stack has: forged tokens, raw bytes, a recorder, the database.
      testPathIgnorePatterns: ['\\.local\\.test\\.ts$'],
    }),
  ],
};
