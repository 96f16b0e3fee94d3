import { type MutableAppointment, type ReceivedAppointment, serverOwnedFields } from './appointment.ts';
import { maxElements } from './schema.ts';
import { defaultStatus, isStatus, keepableFields, type StatusRow, statuses, statusRules } from './statuses.ts';
import validate from './validator.js';
import { type Violation, violationsOf } from './violation.ts';

/** The normalized appointment, or every violation of the schema and the status rules. */
export type ParseOutcome =
  | { readonly outcome: 'valid'; readonly appointment: MutableAppointment }
  | { readonly outcome: 'invalid'; readonly violations: readonly Violation[] };

/** Parses the body of a create or an update, which may be any JSON value, into a MutableAppointment. */
export function parseAppointment(body: unknown): ParseOutcome {
  const received = withoutNulls(withoutServerOwnedFields(body), maxDepth);
  const valid = validate(received);
  const schemaViolations = valid ? [] : violationsOf(validate.errors ?? []);
  const violations = [...schemaViolations, ...statusViolations(received, schemaViolations)];
  return valid && violations.length === 0
    ? { outcome: 'valid', appointment: normalize(received) }
    : { outcome: 'invalid', violations };
}

/** Removes the fields that the server sets: a client that reads an appointment, changes it, and sends it back includes them. */
function withoutServerOwnedFields(body: unknown): unknown {
  if (!isObject(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !serverOwnedFields.has(name)));
}

// The schema has five levels of objects and arrays: appointment, attending_doctor, addresses, address, period. Anything
// deeper is a violation anyway, and hostile nesting must not exhaust the stack.
const maxDepth = 5;

/**
 * Removes null members, which mean *not set*. A null element of an array stays, so that the schema rejects it. Only the first
 * 101 elements of an array are validated: to validate 130,000 wrong ones would take half a second.
 */
function withoutNulls(value: unknown, remainingLevels: number): unknown {
  if (remainingLevels === 0) return value;
  if (Array.isArray(value))
    return value.slice(0, maxElements + 1).map((element) => withoutNulls(element, remainingLevels - 1));
  if (!isObject(value)) return value;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member !== null) members.push([name, withoutNulls(member, remainingLevels - 1)]);
  }
  // fromEntries keeps `__proto__` as an ordinary member, so that the schema rejects it. An assignment would set the prototype.
  return Object.fromEntries(members);
}

/** The violated status rules, unless the schema already rejects the status or the field of the rule. */
function statusViolations(received: unknown, schemaViolations: readonly Violation[]): Violation[] {
  if (!isObject(received)) return [];
  const { status = defaultStatus } = received;
  if (!isStatus(status)) return [];
  return statusRules
    .filter((rule) => rule.statuses.includes(status))
    .filter(({ field, presence }) => (received[field] === undefined) === (presence === 'required'))
    .filter(({ field }) => !schemaViolations.some(({ path }) => path === `/${field}`))
    .map(({ rule, field, message }) => ({ path: `/${field}`, rule, message }));
}

/** Applies the defaults, and clears the fields that the status does not keep. */
function normalize({ status = defaultStatus, attending_doctor, ...fields }: ReceivedAppointment): MutableAppointment {
  const { keeps }: StatusRow = statuses[status];
  for (const field of keepableFields) if (!keeps.includes(field)) delete fields[field];
  return {
    ...fields,
    status,
    ...(attending_doctor && { attending_doctor: { ...attending_doctor, type: attending_doctor.type ?? 'ATTENDING' } }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
