/** Who is calling, as the verified token says. */
export type Caller = {
  readonly organizationId: string;
  readonly userId: string;
};
