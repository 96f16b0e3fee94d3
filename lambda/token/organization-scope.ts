/** A Cognito client's scope `organization/NAME` says which organization the client belongs to. */
export const organizationScopePrefix = 'organization/';

/** The scope's NAME for a client that is an organization of its own. No organization has this name: a name has no colon. */
export const ownOrganization = 'client:';
