/** The scope `organization/NAME` of a Cognito client names the organization that the client belongs to. */
export const organizationScopePrefix = 'organization/';

/** NAME in the scope of a client that has its own organization, `client:ID`. No organization has this name, because a name has no colon. */
export const ownOrganization = 'client:';
