import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { defaultProvider as chainOf } from '@aws-sdk/credential-provider-node';

/**
 * The SDK's default credentials, in its own order: the environment, where Lambda puts a role's, and only where it holds
 * none the rest of the chain (profiles, SSO, containers), which nothing else loads.
 */
export const defaultProvider: typeof chainOf = (init) => {
  const environment = fromEnv(init);
  let chain: ReturnType<typeof chainOf> | undefined;
  return async (options) => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE } = process.env;
    if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY && !AWS_PROFILE) return environment();
    chain ??= (await import('@aws-sdk/credential-provider-node')).defaultProvider(init);
    return chain(options);
  };
};
