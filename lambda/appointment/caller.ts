/** The verified client of one request. Both values come from its token. */
export type Caller = {
  readonly organizationId: string;
  readonly userId: string;
};
