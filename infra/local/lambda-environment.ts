import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { LambdaEnvironment } from './local-functions.ts';

/** How the local stack itself reaches the database, and what its functions find in their environment. */
export type DatabaseAccess = {
  readonly client: DynamoDBClientConfig;
  readonly environment: () => Promise<LambdaEnvironment>;
};

/**
 * Access to the built-in database, or to another one with the developer's AWS settings. The functions have no credential
 * chain: a profile is resolved here, and its keys are passed on as Lambda passes them.
 */
export async function databaseAccess(endpoint: string, builtIn: boolean): Promise<DatabaseAccess> {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION } = builtIn ? {} : process.env;
  const client = {
    endpoint,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    region: AWS_REGION || (AWS_PROFILE && (await regionOfProfile())) || 'us-east-1',
    // A DynamoDB on this machine accepts any credentials.
    ...(AWS_PROFILE || AWS_ACCESS_KEY_ID ? {} : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
  const { config } = new DynamoDBClient(client);
  const environment = async () => {
    // The SDK caches them, and renews them before they expire.
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

/** The region that the developer's profile names, if it does. */
function regionOfProfile(): Promise<string | undefined> {
  return new DynamoDBClient({}).config.region().catch(() => undefined);
}
