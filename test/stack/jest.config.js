import base from '../../jest.config.js';

const { globalSetup: _, globalTeardown: __, ...withoutStacks } = base;

/** The template alone: it needs no stack that runs, but cfn-lint needs Python. */
export default {
  ...withoutStacks,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/stack/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
};
