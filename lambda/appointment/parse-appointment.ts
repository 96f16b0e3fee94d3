import { serverOwned } from './appointment.ts';
import isValid from './is-valid.js';
import type { MutableAppointment, ReceivedAppointment } from './mutable-appointment.ts';
import { type RuleField, statusRules } from './status-rules.ts';
import type { Violation } from './violation.ts';

/** Either the normalized appointment or every violation of schema and rules. */
export type Parsed =
  | { readonly appointment: MutableAppointment; readonly violations?: never }
  | { readonly appointment?: never; readonly violations: readonly [Violation, ...Violation[]] };

/** Reads the body of a create or an update, any JSON value, as the contract's MutableAppointment. */
export async function parseAppointment(body: unknown): Promise<Parsed> {
  const received = withoutNulls(withoutServerOwned(body), deepestMember);
  const valid = isValid(received);
  // To tell what is wrong takes twice the code: loaded by the first body that has something wrong.
  const broken = valid ? [] : (await import('./violation.ts')).violationsOf(received);
  const [first, ...others] = [...broken, ...brokenStatusRules(received, broken)];
  if (first) return { violations: [first, ...others] };
  if (valid) return { appointment: normalize(received) };
  throw new Error('the validator refused a body and named no error');
}

// Levels of objects and arrays in the schema: appointment, attending_doctor, addresses, address, period. What lies
// deeper is a violation anyhow, and hostile nesting shall not use up the stack.
const deepestMember = 5;

// Of any array in the schema. One more is enough to see that there are too many; 130,000 wrong ones would cost half a second.
const mostElements = 100;

/** A member that is null is not set; a null element of an array stays, for the schema to refuse. */
function withoutNulls(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null || levels === 0) return value;
  if (Array.isArray(value)) return value.slice(0, mostElements + 1).map((element) => withoutNulls(element, levels - 1));
  // fromEntries defines `__proto__` as a member like any other, for the schema to refuse; an assignment would set the prototype.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member, levels - 1)]),
  );
}

/** A client that reads, changes and puts an appointment back sends these along: they are ignored. */
function withoutServerOwned(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !serverOwned.has(name)));
}

/** The broken rules among those whose fields the schema found nothing wrong with. */
function brokenStatusRules(received: unknown, broken: readonly Violation[]): Violation[] {
  if (typeof received !== 'object' || received === null || Array.isArray(received)) return [];
  const { status = 'PENDING', work_queue, checked_in_timestamp }: Partial<Record<RuleField, unknown>> = received;
  return statusRules
    .filter(({ reads }) => !broken.some(({ path }) => reads.some((field) => path === `/${field}`)))
    .filter(({ holds }) => !holds({ status, work_queue, checked_in_timestamp }))
    .map(({ rule, field, message }) => ({ path: `/${field}`, rule, message }));
}

function normalize(received: ReceivedAppointment): MutableAppointment {
  const { status = 'PENDING', not_ready_reason, ready_source, attending_doctor, ...others } = received;
  return {
    ...others,
    status,
    ...(not_ready_reason !== undefined && status === 'NOT_READY' && { not_ready_reason }),
    ...(ready_source !== undefined && (status === 'READY' || status === 'CHECKED_IN') && { ready_source }),
    ...(attending_doctor && { attending_doctor: { ...attending_doctor, type: attending_doctor.type ?? 'ATTENDING' } }),
  };
}
