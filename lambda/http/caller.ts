import type { Caller } from '../appointment/caller.ts';

/** A verified token's claims as API Gateway hands them over: all of them are strings. */
export type Claims = Readonly<Record<string, unknown>>;

const organization = /^[A-Za-z0-9._-]{1,128}$/;

/** Who is calling (contract, *Who is calling*), or undefined where the token names no organization or no user. */
export function callerOf(claims: Claims): Caller | undefined {
  const organizationId = organizationOf(claims);
  const userId = claims.sub;
  if (organizationId === undefined || typeof userId !== 'string' || userId === '') return undefined;
  return { organizationId, userId };
}

// `client:` is no part of the pattern, so a client's own organization can never meet one that is named by the claim.
function organizationOf({ organization_id, client_id }: Claims): string | undefined {
  if (organization_id !== undefined) return matching(organization_id);
  const client = matching(client_id);
  return client && `client:${client}`;
}

function matching(claim: unknown): string | undefined {
  return typeof claim === 'string' && organization.test(claim) ? claim : undefined;
}
