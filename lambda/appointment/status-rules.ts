/** The fields that the rules read. Their values are unknown: a rule is also asked about a body that broke the schema elsewhere. */
export type RuleField = 'status' | 'work_queue' | 'checked_in_timestamp';

export type StatusRule = {
  /** The stable name of the contract. */
  readonly rule: string;
  /** The field that a client has to change. */
  readonly field: RuleField;
  readonly reads: readonly RuleField[];
  readonly message: string;
  readonly holds: (appointment: Readonly<Record<RuleField, unknown>>) => boolean;
};

/** The contract's rules between fields, in its order. A missing status arrives here as `PENDING`, an unset field as `undefined`. */
export const statusRules: readonly StatusRule[] = [
  {
    rule: 'not_ready_needs_work_queue',
    field: 'work_queue',
    reads: ['status', 'work_queue'],
    message: 'work_queue must be set when status is NOT_READY',
    holds: ({ status, work_queue }) => status !== 'NOT_READY' || work_queue !== undefined,
  },
  {
    rule: 'ready_forbids_work_queue',
    field: 'work_queue',
    reads: ['status', 'work_queue'],
    message: 'work_queue must not be set when status is READY or CHECKED_IN',
    holds: ({ status, work_queue }) => (status !== 'READY' && status !== 'CHECKED_IN') || work_queue === undefined,
  },
  {
    rule: 'checked_in_needs_timestamp',
    field: 'checked_in_timestamp',
    reads: ['status', 'checked_in_timestamp'],
    message: 'checked_in_timestamp must be set when status is CHECKED_IN',
    holds: ({ status, checked_in_timestamp }) => status !== 'CHECKED_IN' || checked_in_timestamp !== undefined,
  },
  {
    rule: 'timestamp_needs_checked_in',
    field: 'checked_in_timestamp',
    reads: ['status', 'checked_in_timestamp'],
    message: 'checked_in_timestamp may be set only when status is CHECKED_IN',
    holds: ({ status, checked_in_timestamp }) => checked_in_timestamp === undefined || status === 'CHECKED_IN',
  },
];
