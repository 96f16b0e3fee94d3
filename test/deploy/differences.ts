const processForEachCall =
  'it starts a process for each concurrent call, and so many at once outlast the service’s time budget: some answers are 503. deployed.test.ts has the same with clients that repeat a 503, as the contract says';

/** Where the emulator differs from AWS: the tests that are skipped on the deployed stack, by a part of their name, each with the reason. */
export const differences = [
  { test: 'fifty concurrent writers of the next version win', reason: processForEachCall },
  { test: 'lets a hundred concurrent repeats of one update all succeed', reason: processForEachCall },
  { test: 'makes one appointment of a hundred concurrent repeats', reason: processForEachCall },
  { test: 'makes one version of a hundred concurrent repeats', reason: processForEachCall },
];
