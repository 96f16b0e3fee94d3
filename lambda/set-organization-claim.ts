import type { PreTokenGenerationV3TriggerEvent } from 'aws-lambda';
import { organizationScopePrefix, ownOrganization } from './token/organization-scope.ts';

/**
 * Cognito's pre-token trigger: turns the client's scope `organization/NAME` into the claim `organization_id`. A client may ask
 * Cognito for fewer scopes than it has. Without the organization's scope it gets no token: a token without the claim would
 * put the client's appointments into the separate organization `client:ID`.
 */
export const handler = async (event: PreTokenGenerationV3TriggerEvent): Promise<PreTokenGenerationV3TriggerEvent> => {
  const scopes = (event.request.scopes ?? []).filter((scope) => scope.startsWith(organizationScopePrefix));
  const [organizationScope, ...others] = scopes;
  if (organizationScope === undefined || others.length > 0) {
    throw new Error(
      `A token needs exactly one scope ${organizationScopePrefix}NAME. Request all scopes of the client.`,
    );
  }
  const organization = organizationScope.slice(organizationScopePrefix.length);
  if (organization === ownOrganization) return event;
  const accessTokenGeneration = { claimsToAddOrOverride: { organization_id: organization } };
  return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
};
