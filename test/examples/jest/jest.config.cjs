module.exports = {
  globalSetup: './start-appointments.cjs',
  globalTeardown: './stop-appointments.cjs',
  testTimeout: 30_000,
  // The checkout of the service, if it is in this folder.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/appointments-service/'],
  modulePathIgnorePatterns: ['<rootDir>/appointments-service/'],
};
