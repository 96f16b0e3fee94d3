import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  defaultStatus,
  keepableFields,
  type RuledField,
  type StatusRow,
  statuses,
  statusNames,
  statusRules,
} from '../../lambda/appointment/statuses.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { appointmentOf, violationsOf } from '../support/parsed.ts';

describe('the status table', () => {
  it("is the contract's table", () => {
    const columns = ['work_queue', 'checked_in_timestamp', 'checked_out_timestamp', 'keeps'] as const;
    expect(
      Object.entries<StatusRow>(statuses).map(([status, row]) => [status, ...columns.map((name) => row[name])]),
    ).toEqual([
      ['PENDING', 'optional', 'forbidden', 'forbidden', []],
      ['NOT_READY', 'required', 'forbidden', 'forbidden', ['not_ready_reason']],
      ['READY', 'forbidden', 'forbidden', 'forbidden', ['ready_source']],
      ['CHECKED_IN', 'forbidden', 'required', 'forbidden', ['ready_source']],
      ['CHECKED_OUT', 'forbidden', 'required', 'required', ['ready_source']],
      ['NO_SHOW', 'forbidden', 'forbidden', 'forbidden', ['ready_source']],
    ]);
    expect(defaultStatus).toBe('PENDING');
  });

  it("defines the contract's rules, in the contract's order", () => {
    expect(statusRules.map(({ rule, field, presence }) => [field, presence, rule])).toEqual([
      ['work_queue', 'required', 'not_ready_needs_work_queue'],
      ['work_queue', 'forbidden', 'ready_forbids_work_queue'],
      ['checked_in_timestamp', 'required', 'checked_in_needs_timestamp'],
      ['checked_in_timestamp', 'forbidden', 'timestamp_needs_checked_in'],
      ['checked_out_timestamp', 'required', 'checked_out_needs_timestamp'],
      ['checked_out_timestamp', 'forbidden', 'timestamp_needs_checked_out'],
    ]);
  });

  it('defines a message for each rule: which field must be set or not set, and for which statuses', () => {
    expect(statusRules.map(({ message }) => message)).toEqual([
      'work_queue must be set when status is NOT_READY',
      'work_queue must not be set when status is READY, CHECKED_IN, CHECKED_OUT or NO_SHOW',
      'checked_in_timestamp must be set when status is CHECKED_IN or CHECKED_OUT',
      'checked_in_timestamp must not be set when status is PENDING (the default), NOT_READY, READY or NO_SHOW',
      'checked_out_timestamp must be set when status is CHECKED_OUT',
      'checked_out_timestamp must not be set when status is PENDING (the default), NOT_READY, READY, CHECKED_IN or NO_SHOW',
    ]);
  });
});

/** A valid value for each field that some status requires or forbids. */
const values: Readonly<Record<RuledField, string>> = {
  work_queue: 'NEW_PATIENT',
  checked_in_timestamp: '2026-03-02T08:55:00Z',
  checked_out_timestamp: '2026-03-02T09:35:00Z',
};
const ruledFields = [...new Set(statusRules.map(({ field }) => field))];

type Case = { readonly fields: Record<string, unknown>; readonly violated: readonly string[]; readonly title: string };

/** Every status, and no status, with every combination of ruled fields. */
const cases: Case[] = [undefined, ...statusNames].flatMap((status) =>
  subsetsOf(ruledFields).map((set) => ({
    fields: { ...(status && { status }), ...Object.fromEntries(set.map((field) => [field, values[field]])) },
    violated: statusRules
      .filter(({ field, presence }) => statuses[status ?? defaultStatus][field] === presence)
      .filter(({ field, presence }) => set.includes(field) !== (presence === 'required'))
      .map(({ rule }) => rule),
    title: `${status ?? 'no status'} with ${set.join(' and ') || 'no ruled field'}`,
  })),
);

function subsetsOf<T>([first, ...others]: readonly T[]): T[][] {
  if (first === undefined) return [[]];
  return subsetsOf(others).flatMap((subset) => [subset, [first, ...subset]]);
}

function rulesViolatedBy(fields: Record<string, unknown>): string[] {
  return violationsOf(anAppointment(fields)).map(({ rule }) => rule);
}

describe('the status rules', () => {
  it.each(cases)('$title: violates $violated', ({ fields, violated }) => {
    expect(rulesViolatedBy(fields)).toEqual(violated);
    const unset = Object.fromEntries(['status', ...ruledFields].map((name) => [name, null]));
    expect(rulesViolatedBy({ ...unset, ...fields })).toEqual(violated);
  });

  it('report the path of the field to change, and the message of the rule', () => {
    for (const { fields, violated } of cases) {
      const expected = statusRules.filter(({ rule }) => violated.includes(rule));
      expect(violationsOf(anAppointment(fields))).toEqual(
        expected.map(({ rule, field, message }) => ({ path: `/${field}`, rule, message })),
      );
    }
  });

  const violating = cases.filter(({ violated }) => violated.length === 1);

  it.each(violating)('are checked even if another field violates the schema: $title', ({ fields, violated }) => {
    for (const other of ['patient_id', 'services', 'attending_doctor', 'no_such_field']) {
      const violations = violationsOf(anAppointment({ ...fields, [other]: { wrong: 'type' } }));
      expect(violations.map(({ rule }) => rule)).toContain(violated[0]);
      expect(violations.some(({ path }) => path.startsWith(`/${other}`))).toBe(true);
    }
  });

  it.each(violating)(
    'are not checked if the status or the ruled field violates the schema: $title',
    ({ fields, violated }) => {
      const field = statusRules.find(({ rule }) => rule === violated[0])?.field ?? '';
      for (const wrong of ['status', field]) {
        const violations = violationsOf(anAppointment({ ...fields, [wrong]: { wrong: 'type' } }));
        expect(violations.map(({ rule }) => rule)).not.toContain(violated[0]);
        expect(violations.map(({ path }) => path)).toContain(`/${wrong}`);
      }
    },
  );
});

/** A valid value for each field that some status keeps. */
const keepable = { not_ready_reason: 'NEW_INSURANCE', ready_source: 'MACHINE' };

describe.each(statusNames)('status %s', (status) => {
  const row: StatusRow = statuses[status];
  const { keeps } = row;
  const required = ruledFields.filter((field) => row[field] === 'required').map((field) => [field, values[field]]);
  const valid = anAppointment({ status, ...Object.fromEntries(required) });

  it(`keeps ${keeps.join(' and ') || 'no status-dependent field'}, and clears the others without an error`, () => {
    const kept = Object.fromEntries(keeps.map((field) => [field, keepable[field]]));
    expect(appointmentOf({ ...valid, ...keepable })).toStrictEqual({ ...valid, ...kept });
  });

  it.each(keepableFields)('rejects an invalid %s, even if it would clear that field', (field) => {
    expect(violationsOf({ ...valid, [field]: 'OTHER' })).toMatchObject([{ path: `/${field}`, rule: 'enum' }]);
  });
});

describe('an appointment with any other fields', () => {
  const otherFields = fc.record(
    {
      service_duration: fc.nat(),
      not_ready_reason: fc.constantFrom('ERROR', null),
      ready_source: fc.constantFrom('MANUAL', null),
      notes: fc.string({ unit: 'grapheme' }),
    },
    { requiredKeys: [] },
  );

  it('violates only the rules of its status', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), otherFields, ({ fields, violated }, others) => {
        expect(rulesViolatedBy({ ...others, ...fields })).toEqual(violated);
      }),
    );
  });

  it('returns a status-dependent field only with a status that keeps it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), otherFields, ({ fields }, others) => {
        const appointment = appointmentOf(anAppointment({ ...others, ...fields }));
        fc.pre(appointment !== undefined);
        const { keeps }: StatusRow = statuses[appointment.status];
        for (const field of keepableFields) {
          expect(appointment[field]).toBe(keeps.includes(field) ? (others[field] ?? undefined) : undefined);
        }
      }),
    );
  });
});
