type Difference = { readonly test: string; readonly reason: string };

const processForEachCall =
  'the emulator starts a process for each concurrent call. So many processes exceed the service’s retry budget, and some responses are 503. deployed.test.ts makes the same check with clients that retry a 503, as the contract says';

/** Tests that are skipped on the emulator, because it differs from AWS there. `test` is part of a test's title. */
export const emulatorDifferences: readonly Difference[] = [
  { test: 'fifty concurrent writers of the next version win', reason: processForEachCall },
  { test: 'lets a hundred concurrent repeats of one update all succeed', reason: processForEachCall },
  { test: 'makes one appointment of a hundred concurrent repeats', reason: processForEachCall },
  { test: 'makes one version of a hundred concurrent repeats', reason: processForEachCall },
];

/** Resources that AWS accepts and the emulator rejects. They are removed from the template for the emulator. */
export const rejectedByEmulator = [
  { type: 'AWS::CloudWatch::Alarm', property: 'Metrics', reason: 'the emulator does not support metric math' },
];

const oneClient = 'it needs a client of another organization, or one with only the scope to read';
const account = 'it needs access to the AWS account';

/** Tests that are skipped with `--url`, because they need more than one client's credentials. */
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
