type Difference = { readonly test: string; readonly reason: string };

const processForEachCall =
  'the emulator starts a process for each concurrent call, and so many at once outlast the service’s time budget: some responses are 503. deployed.test.ts has the same with clients that retry a 503, as the contract says';

/** Where the emulator differs from AWS: the tests that are skipped there, by a part of their name, each with the reason. */
export const emulatorDifferences: readonly Difference[] = [
  { test: 'fifty concurrent writers of the next version win', reason: processForEachCall },
  { test: 'lets a hundred concurrent repeats of one update all succeed', reason: processForEachCall },
  { test: 'makes one appointment of a hundred concurrent repeats', reason: processForEachCall },
  { test: 'makes one version of a hundred concurrent repeats', reason: processForEachCall },
];

/** Resources that AWS accepts and the emulator does not: they are left out of the template there. */
export const rejectedByEmulator = [
  { type: 'AWS::CloudWatch::Alarm', property: 'Metrics', reason: 'the emulator does not support metric math' },
];

const oneClient = 'it needs a client of another organization, or one that may only read';
const account = 'it needs access to the AWS account';

/** The tests that need more than one client’s credentials: they are skipped on a stack that `--url` names. */
export const oneClientDifferences: readonly Difference[] = [
  { test: 'is used once in each organization', reason: oneClient },
  { test: 'is a key of its own in each organization', reason: oneClient },
  { test: 'where the path or the organization is another', reason: oneClient },
  { test: 'may be read by a client that may only read', reason: oneClient },
  { test: 'is absent for an id that never was, and for another organization', reason: oneClient },
  { test: 'keeps organizations apart', reason: oneClient },
  { test: 'returns 401 without a valid token, and 403 to a write with the scope to read', reason: oneClient },
  { test: 'gets the failed records in the bucket from npm run replay', reason: account },
  { test: 'reach a queue through a rule for one organization', reason: account },
  { test: 'gives no token to a client that does not request the scope of its organization', reason: account },
];
