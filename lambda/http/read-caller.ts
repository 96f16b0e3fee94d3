import type { Caller } from '../appointment/caller.ts';
import { errorResponse } from './http-response.ts';
import type { Step } from './route-request.ts';

/** Step: reads the caller from the verified token (contract, *Who is calling*). 403 if it does not name an organization and a user. */
export const readCaller: Step = ({ event, internal }) => {
  const caller = callerOf(event.requestContext.authorizer.jwt.claims);
  if (!caller)
    return errorResponse('ForbiddenError', {
      message:
        'The token needs the claim sub and a valid organization_id or client_id. Check how the issuer sets them.',
    });
  internal.caller = caller;
  return undefined;
};

/** The claims of a verified token. API Gateway passes every value as a string. */
type Claims = Readonly<Record<string, unknown>>;

function callerOf(claims: Claims): Caller | undefined {
  const organizationId = organizationOf(claims);
  const userId = claims.sub;
  if (organizationId === undefined || typeof userId !== 'string' || userId === '') return undefined;
  return { organizationId, userId };
}

// The pattern allows no colon, so `client:…` never equals an organization_id.
function organizationOf({ organization_id, client_id }: Claims): string | undefined {
  if (organization_id !== undefined) return matching(organization_id);
  const clientId = matching(client_id);
  return clientId && `client:${clientId}`;
}

const claimPattern = /^[A-Za-z0-9._-]{1,128}$/;

function matching(claim: unknown): string | undefined {
  return typeof claim === 'string' && claimPattern.test(claim) ? claim : undefined;
}
