import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config';

// What Lambda's environment holds, and another machine may have elsewhere: in profiles, in SSO, in a container.

/** The SDK's own chain of providers. */
export const credentials = defaultProvider();

/** The region of the profile. */
export const region = loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS);
