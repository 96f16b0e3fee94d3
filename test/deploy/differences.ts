type Difference = { readonly test: string; readonly reason: string };

const processForEachCall =
  'the emulator starts a process for each concurrent call. With this many calls, some exceed the service’s retry budget and return 503. deployed.test.ts has the same test with clients that retry a 503';

/** Tests that are skipped on the emulator because it differs from AWS. `test` is a part of the full name: describe, then it. */
export const emulatorDifferences: readonly Difference[] = [
  { test: 'the version rule lets exactly one of fifty concurrent writers', reason: processForEachCall },
  {
    test: 'Idempotency-Key on an update creates one version for a hundred concurrent retries',
    reason: processForEachCall,
  },
  {
    test: 'Idempotency-Key on a create creates one appointment for a hundred concurrent retries',
    reason: processForEachCall,
  },
  { test: '{version} creates one version for a hundred concurrent retries', reason: processForEachCall },
];

/** Resources that AWS accepts and the emulator rejects. They are removed from the emulator's template. */
export const rejectedByEmulator = [
  { type: 'AWS::CloudWatch::Alarm', property: 'Metrics', reason: 'the emulator does not support metric math' },
];

const oneClient = 'it needs a client of another organization, or a read-only client';
const account = 'it needs access to the AWS account';

/** Tests that are skipped with `--url`, because the credentials of one client are not enough for them. */
export const oneClientDifferences: readonly Difference[] = [
  { test: 'can be used once in each organization', reason: oneClient },
  { test: 'is scoped to the organization', reason: oneClient },
  { test: 'if the path or the organization differs', reason: oneClient },
  { test: 'allows a client with only the read scope', reason: oneClient },
  { test: 'returns the same 404 for an unknown id and for another organization', reason: oneClient },
  { test: 'keeps organizations apart', reason: oneClient },
  { test: 'returns 401 without a valid token, and 403 to a write with the scope to read', reason: oneClient },
  { test: 'gets the failed records in the bucket from npm run replay', reason: account },
  { test: 'reach a queue through a rule for one organization', reason: account },
  { test: 'gives no token to a client that does not request the scope of its organization', reason: account },
];
