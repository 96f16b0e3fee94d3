import type { Caller } from '../appointment/caller.ts';
import { errorResponse } from './http-response.ts';
import type { Step } from './route-request.ts';

/** Step: who is calling (contract, *Who is calling*). 403 if the verified token names no organization or no user. */
export const readCaller: Step = ({ event, internal }) => {
  const caller = callerOf(event.requestContext.authorizer.jwt.claims);
  if (!caller) return errorResponse('ForbiddenError', { message: 'The token names no organization or no user.' });
  internal.caller = caller;
  return undefined;
};

/** A verified token's claims as API Gateway passes them: every value is a string. */
type Claims = Readonly<Record<string, unknown>>;

function callerOf(claims: Claims): Caller | undefined {
  const organizationId = organizationOf(claims);
  const userId = claims.sub;
  if (organizationId === undefined || typeof userId !== 'string' || userId === '') return undefined;
  return { organizationId, userId };
}

// The pattern allows no colon, so a client's own organization never equals one that the claim names.
function organizationOf({ organization_id, client_id }: Claims): string | undefined {
  if (organization_id !== undefined) return matching(organization_id);
  const client = matching(client_id);
  return client && `client:${client}`;
}

const organization = /^[A-Za-z0-9._-]{1,128}$/;

function matching(claim: unknown): string | undefined {
  return typeof claim === 'string' && organization.test(claim) ? claim : undefined;
}
