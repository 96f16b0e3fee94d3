/** The scope `organization/…` of a client without an organization. No organization can be called so: a colon is no part of a name. */
export const ownOrganization = 'client:';
