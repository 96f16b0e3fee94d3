module.exports = {
  globalSetup: './start-appointments.cjs',
  globalTeardown: './stop-appointments.cjs',
  testTimeout: 30_000,
  // If the service is checked out inside this project, jest must not run the service's own tests.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/appointments-service/'],
  modulePathIgnorePatterns: ['<rootDir>/appointments-service/'],
};
