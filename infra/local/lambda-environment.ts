import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { LambdaEnvironment } from './local-functions.ts';

/** The configuration of the local stack's own DynamoDB client, and the environment of its functions. */
export type DatabaseAccess = {
  readonly client: DynamoDBClientConfig;
  readonly environment: () => Promise<LambdaEnvironment>;
};

/**
 * Access to the built-in database, or to another one with the developer's AWS settings. The functions read credentials only
 * from the environment variables that Lambda sets, so this function resolves a profile to its keys.
 */
export async function databaseAccess(endpoint: string, builtIn: boolean): Promise<DatabaseAccess> {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION } = builtIn ? {} : process.env;
  const client = {
    endpoint,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    region: AWS_REGION || (AWS_PROFILE && (await regionOfProfile())) || 'us-east-1',
    // Without settings, assume a DynamoDB on this machine, which accepts any credentials.
    ...(AWS_PROFILE || AWS_ACCESS_KEY_ID ? {} : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
  const { config } = new DynamoDBClient(client);
  const environment = async () => {
    // The SDK caches the credentials and renews them before they expire.
    const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
    return {
      AWS_REGION: client.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    };
  };
  return { client, environment };
}

/** The region in the developer's profile, if it has one. */
function regionOfProfile(): Promise<string | undefined> {
  return new DynamoDBClient({}).config.region().catch(() => undefined);
}
