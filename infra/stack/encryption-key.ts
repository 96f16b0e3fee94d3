import { Annotations, type Stack } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Permission } from './function.ts';
import type { Settings } from './settings.ts';

/** The customer managed key of the tables, the buckets and the topic. Without a key, AWS encrypts them with keys that it manages. */
export type EncryptionKey = {
  readonly key: IKey | undefined;
  /** The permissions, plus those on the key that a function needs to use them. */
  readonly withKey: (permissions: readonly Permission[]) => readonly Permission[];
};

// DynamoDB and S3 use the key with the permissions of their caller. These are the same actions that CDK grants.
const reading = ['kms:Decrypt', 'kms:DescribeKey'];
const writing = [
  ...reading,
  ...['kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  ...['kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
];

/** The key in the setting `encryptionKeyArn`. The stack does not change the key's policy: infra/README.md has the statements that it needs. */
export function encryptionKey(stack: Stack, { encryptionKeyArn }: Settings): EncryptionKey {
  if (encryptionKeyArn === undefined) return { key: undefined, withKey: (permissions) => permissions };
  Annotations.of(stack).addInfoV2(
    'appointments:encryptionKeyArn',
    'The policy of the key must contain the statements in infra/README.md, "Encryption key". Without them, you receive no alarms.',
  );
  const through = (service: string, actions: readonly string[]): Permission => ({
    actions,
    resource: encryptionKeyArn,
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${stack.region}.amazonaws.com` } },
  });
  return {
    key: Key.fromKeyArn(stack, 'EncryptionKey', encryptionKeyArn),
    withKey: (permissions) => {
      const uses = (actions: RegExp) => permissions.some((each) => each.actions.some((action) => actions.test(action)));
      const writes = uses(/^dynamodb:(?:Put|Update|Delete|BatchWrite)/);
      return [
        ...permissions,
        ...(uses(/^dynamodb:/) ? [through('dynamodb', writes ? writing : reading)] : []),
        ...(uses(/^s3:Put/) ? [through('s3', ['kms:GenerateDataKey'])] : []),
      ];
    },
  };
}
