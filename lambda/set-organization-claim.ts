import type { PreTokenGenerationV3TriggerEvent } from 'aws-lambda';
import { ownOrganization } from './token/own-organization.ts';

const prefix = 'organization/';

/**
 * Cognito's trigger before a token is signed: makes the client's scope `organization/NAME` the claim `organization_id`.
 * A client may ask Cognito for fewer scopes than it has. Without this one it gets no token: a token without the claim
 * would make it an organization of its own, and what it writes would be in the wrong place.
 */
export const handler = async (event: PreTokenGenerationV3TriggerEvent): Promise<PreTokenGenerationV3TriggerEvent> => {
  const marks = (event.request.scopes ?? []).filter((scope) => scope.startsWith(prefix));
  const [mark, ...others] = marks;
  if (mark === undefined || others.length > 0) {
    throw new Error(`A token must have exactly one scope ${prefix}…, of the client's own.`);
  }
  const organization = mark.slice(prefix.length);
  if (organization === ownOrganization) return event;
  const accessTokenGeneration = { claimsToAddOrOverride: { organization_id: organization } };
  return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
};
