/** Where the emulator differs from AWS: the tests that are skipped on the deployed stack, by a part of their name, each with the reason. */
export const differences = [
  {
    test: 'fifty concurrent writers of the next version win',
    reason:
      'it starts a process for each concurrent call, and fifty at once outlast the service’s time budget: some answers are 503. deployed.test.ts has the race with writers that repeat a 503, as the contract says',
  },
];
