/**
 * Which fields each status requires, forbids, and keeps (contract, *What a status means*). The schema's enum, the rules and
 * their messages, the cleared fields, openapi.json, and the tests' tables all come from here.
 */
// biome-ignore format: one line for each status
export const statuses = {
  PENDING:     { work_queue: 'optional',  checked_in_timestamp: 'forbidden', checked_out_timestamp: 'forbidden', keeps: [] },
  NOT_READY:   { work_queue: 'required',  checked_in_timestamp: 'forbidden', checked_out_timestamp: 'forbidden', keeps: ['not_ready_reason'] },
  READY:       { work_queue: 'forbidden', checked_in_timestamp: 'forbidden', checked_out_timestamp: 'forbidden', keeps: ['ready_source'] },
  CHECKED_IN:  { work_queue: 'forbidden', checked_in_timestamp: 'required',  checked_out_timestamp: 'forbidden', keeps: ['ready_source'] },
  CHECKED_OUT: { work_queue: 'forbidden', checked_in_timestamp: 'required',  checked_out_timestamp: 'required',  keeps: ['ready_source'] },
  NO_SHOW:     { work_queue: 'forbidden', checked_in_timestamp: 'forbidden', checked_out_timestamp: 'forbidden', keeps: ['ready_source'] },
} as const satisfies Record<string, StatusRow>;

/** The rule that is violated if a required field is not set, and if a forbidden field is set. */
const ruleNames = {
  work_queue: { required: 'not_ready_needs_work_queue', forbidden: 'ready_forbids_work_queue' },
  checked_in_timestamp: { required: 'checked_in_needs_timestamp', forbidden: 'timestamp_needs_checked_in' },
  checked_out_timestamp: { required: 'checked_out_needs_timestamp', forbidden: 'timestamp_needs_checked_out' },
} as const;

export type Status = keyof typeof statuses;

/** A field that some status requires or forbids. */
export type RuledField = keyof typeof ruleNames;

/** A field that is cleared unless the status keeps it. */
export type KeepableField = 'not_ready_reason' | 'ready_source';

export type StatusRow = Readonly<Record<RuledField, 'required' | 'optional' | 'forbidden'>> & {
  readonly keeps: readonly KeepableField[];
};

/** The status of an appointment that was sent without one. */
export const defaultStatus = 'PENDING' satisfies Status;

/** Every status, in the table's order. */
export const statusNames: readonly Status[] = Object.keys(statuses).filter(isStatus);

/** Whether the value names a status. */
export function isStatus(value: unknown): value is Status {
  return typeof value === 'string' && Object.hasOwn(statuses, value);
}

/** Every field that some status keeps. */
export const keepableFields: readonly KeepableField[] = [
  ...new Set(Object.values<StatusRow>(statuses).flatMap(({ keeps }) => keeps)),
];

/** One rule of the contract: `field` is required or forbidden in these statuses. */
export type StatusRule = {
  readonly rule: string;
  readonly field: RuledField;
  readonly presence: 'required' | 'forbidden';
  readonly statuses: readonly Status[];
  readonly message: string;
};

/** The status rules of the contract, in its order. */
export const statusRules: readonly StatusRule[] = Object.keys(ruleNames)
  .filter(isRuledField)
  .flatMap((field) => (['required', 'forbidden'] as const).map((presence) => ruleOf(field, presence)));

function isRuledField(name: string): name is RuledField {
  return Object.hasOwn(ruleNames, name);
}

function ruleOf(field: RuledField, presence: 'required' | 'forbidden'): StatusRule {
  const statusesWithRule = statusNames.filter((status) => statuses[status][field] === presence);
  const must = presence === 'required' ? 'must be set' : 'must not be set';
  return {
    rule: ruleNames[field][presence],
    field,
    presence,
    statuses: statusesWithRule,
    message: `${field} ${must} when status is ${inWords(statusesWithRule)}`,
  };
}

/** The statuses that keep the field. */
export function statusesThatKeep(field: KeepableField): readonly Status[] {
  return statusNames.filter((status) => {
    const { keeps }: StatusRow = statuses[status];
    return keeps.includes(field);
  });
}

/** The statuses in a sentence: `PENDING (the default), NOT_READY or READY`. */
export function inWords(names: readonly Status[]): string {
  const words = names.map((name) => (name === defaultStatus ? `${name} (the default)` : name));
  return words.join(', ').replace(/, (?!.*, )/, ' or ');
}
