import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import { statusRules } from '../../lambda/appointment/status-rules.ts';
import { anAppointment } from '../support/an-appointment.ts';

const queue = 'NEW_PATIENT';
const arrival = '2026-03-02T08:55:00Z';

// The contract's four rules, worked out by hand for every status.
const rows: { status?: string; work_queue?: string; checked_in_timestamp?: string; broken: string[] }[] = [
  { broken: [] },
  { checked_in_timestamp: arrival, broken: ['timestamp_needs_checked_in'] },
  { work_queue: queue, broken: [] },
  { work_queue: queue, checked_in_timestamp: arrival, broken: ['timestamp_needs_checked_in'] },

  { status: 'PENDING', broken: [] },
  { status: 'PENDING', checked_in_timestamp: arrival, broken: ['timestamp_needs_checked_in'] },
  { status: 'PENDING', work_queue: queue, broken: [] },
  { status: 'PENDING', work_queue: queue, checked_in_timestamp: arrival, broken: ['timestamp_needs_checked_in'] },

  { status: 'NOT_READY', broken: ['not_ready_needs_work_queue'] },
  {
    status: 'NOT_READY',
    checked_in_timestamp: arrival,
    broken: ['not_ready_needs_work_queue', 'timestamp_needs_checked_in'],
  },
  { status: 'NOT_READY', work_queue: queue, broken: [] },
  { status: 'NOT_READY', work_queue: queue, checked_in_timestamp: arrival, broken: ['timestamp_needs_checked_in'] },

  { status: 'READY', broken: [] },
  { status: 'READY', checked_in_timestamp: arrival, broken: ['timestamp_needs_checked_in'] },
  { status: 'READY', work_queue: queue, broken: ['ready_forbids_work_queue'] },
  {
    status: 'READY',
    work_queue: queue,
    checked_in_timestamp: arrival,
    broken: ['ready_forbids_work_queue', 'timestamp_needs_checked_in'],
  },

  { status: 'CHECKED_IN', broken: ['checked_in_needs_timestamp'] },
  { status: 'CHECKED_IN', checked_in_timestamp: arrival, broken: [] },
  { status: 'CHECKED_IN', work_queue: queue, broken: ['ready_forbids_work_queue', 'checked_in_needs_timestamp'] },
  { status: 'CHECKED_IN', work_queue: queue, checked_in_timestamp: arrival, broken: ['ready_forbids_work_queue'] },
];

const titled = rows.map(({ broken, ...fields }) => ({
  fields,
  broken,
  given: `${fields.status ?? 'no status'}, ${fields.work_queue ? 'a' : 'no'} work_queue, ${fields.checked_in_timestamp ? 'a' : 'no'} checked_in_timestamp`,
  outcome: broken.join(' and ') || 'is accepted',
}));

/** The names of the rules that a valid appointment breaks once it has these fields. */
async function brokenBy(fields: Record<string, unknown>): Promise<string[]> {
  return ((await parseAppointment(anAppointment(fields))).violations ?? []).map(({ rule }) => rule);
}

describe('the rules between fields', () => {
  it('are the four of the contract, in its order', () => {
    expect(statusRules.map(({ rule, field }) => [rule, field])).toEqual([
      ['not_ready_needs_work_queue', 'work_queue'],
      ['ready_forbids_work_queue', 'work_queue'],
      ['checked_in_needs_timestamp', 'checked_in_timestamp'],
      ['timestamp_needs_checked_in', 'checked_in_timestamp'],
    ]);
  });

  it.each(titled)('$given: $outcome', async ({ fields, broken }) => {
    expect(await brokenBy(fields)).toEqual(broken);
  });

  it.each(titled)('$given: $outcome, also with null for what is not set', async ({ fields, broken }) => {
    expect(await brokenBy({ status: null, work_queue: null, checked_in_timestamp: null, ...fields })).toEqual(broken);
  });
});

describe.each(statusRules)('$rule: $message', ({ rule, field, message }) => {
  it.each(titled.filter(({ broken }) => broken.includes(rule)))(
    'points at the field for $given',
    async ({ fields }) => {
      expect((await parseAppointment(anAppointment(fields))).violations).toContainEqual({
        path: `/${field}`,
        rule,
        message,
      });
    },
  );

  it.each(titled.filter(({ broken }) => !broken.includes(rule)))('keeps silent for $given', async ({ fields }) => {
    expect(await brokenBy(fields)).not.toContain(rule);
  });
});

describe('a rule', () => {
  const breaking = [
    { rule: 'not_ready_needs_work_queue', fields: { status: 'NOT_READY' }, reads: ['status', 'work_queue'] },
    {
      rule: 'ready_forbids_work_queue',
      fields: { status: 'READY', work_queue: queue },
      reads: ['status', 'work_queue'],
    },
    {
      rule: 'checked_in_needs_timestamp',
      fields: { status: 'CHECKED_IN' },
      reads: ['status', 'checked_in_timestamp'],
    },
    {
      rule: 'timestamp_needs_checked_in',
      fields: { checked_in_timestamp: arrival },
      reads: ['status', 'checked_in_timestamp'],
    },
  ];
  const others = ['patient_id', 'services', 'attending_doctor', 'no_such_field'];
  const cases = breaking.flatMap(({ rule, fields, reads }) =>
    ['status', 'work_queue', 'checked_in_timestamp', ...others].map((field) => ({
      rule,
      field,
      body: anAppointment({ ...fields, [field]: { wrong: 'type' } }),
      read: reads.includes(field),
    })),
  );

  it.each(cases.filter(({ read }) => !read))(
    '$rule is checked where $field breaks the schema',
    async ({ rule, field, body }) => {
      const violations = (await parseAppointment(body)).violations ?? [];
      expect(violations.map((violation) => violation.rule)).toContain(rule);
      expect(violations.some(({ path }) => path.startsWith(`/${field}`))).toBe(true);
    },
  );

  it.each(cases.filter(({ read }) => read))(
    '$rule is not checked where $field, which it reads, breaks the schema',
    async (one) => {
      const violations = (await parseAppointment(one.body)).violations ?? [];
      expect(violations.map(({ rule }) => rule)).not.toContain(one.rule);
      expect(violations.map(({ path }) => path)).toContain(`/${one.field}`);
    },
  );
});

describe.each([
  { status: undefined, beside: {}, keeps: [] },
  { status: 'PENDING', beside: {}, keeps: [] },
  { status: 'NOT_READY', beside: { work_queue: queue }, keeps: ['not_ready_reason'] },
  { status: 'READY', beside: {}, keeps: ['ready_source'] },
  { status: 'CHECKED_IN', beside: { checked_in_timestamp: arrival }, keeps: ['ready_source'] },
])('status $status', ({ status, beside, keeps }) => {
  const reasons = { not_ready_reason: 'NEW_INSURANCE', ready_source: 'MACHINE' };

  it(`keeps ${keeps.join() || 'neither not_ready_reason nor ready_source'}, and clears without an error`, async () => {
    const kept = Object.entries(reasons).filter(([name]) => keeps.some((one) => one === name));
    expect((await parseAppointment(anAppointment({ status, ...beside, ...reasons }))).appointment).toStrictEqual({
      ...anAppointment(beside),
      status: status ?? 'PENDING',
      ...Object.fromEntries(kept),
    });
  });

  it.each(Object.keys(reasons))('refuses a %s that is none, though it would be cleared', async (name) => {
    expect((await parseAppointment(anAppointment({ status, ...beside, [name]: 'OTHER' }))).violations).toMatchObject([
      { path: `/${name}`, rule: 'enum' },
    ]);
  });
});

describe('whatever else an appointment holds', () => {
  const statusFields = fc.record(
    {
      status: fc.constantFrom('PENDING', 'NOT_READY', 'READY', 'CHECKED_IN', null),
      work_queue: fc.constantFrom('EMERGENT_ISSUE', 'NEW_PATIENT', 'RETURNING_PATIENT', 'MANUAL_ESCALATION', null),
      checked_in_timestamp: fc.constantFrom(arrival, '0001-01-01T00:00:00.1-23:59', null),
    },
    { requiredKeys: [] },
  );
  const otherFields = fc.record(
    {
      service_duration: fc.nat(),
      not_ready_reason: fc.constantFrom('ERROR', null),
      ready_source: fc.constantFrom('MANUAL', null),
      notes: fc.string({ unit: 'grapheme' }),
    },
    { requiredKeys: [] },
  );

  it('the status rules hold for what is accepted, and a rule is named for what is refused', async () => {
    await fc.assert(
      fc.asyncProperty(statusFields, otherFields, async (fields, others) => {
        const row = rows.find(
          (one) =>
            (one.status ?? null) === (fields.status ?? null) &&
            (one.work_queue !== undefined) === (typeof fields.work_queue === 'string') &&
            (one.checked_in_timestamp !== undefined) === (typeof fields.checked_in_timestamp === 'string'),
        );
        expect(await brokenBy({ ...others, ...fields })).toEqual(row?.broken);
      }),
    );
  });

  it('not_ready_reason is answered only with NOT_READY, ready_source only with READY or CHECKED_IN', async () => {
    await fc.assert(
      fc.asyncProperty(statusFields, otherFields, async (fields, others) => {
        const { appointment } = await parseAppointment(anAppointment({ ...others, ...fields }));
        fc.pre(appointment !== undefined);
        const { status, not_ready_reason, ready_source } = appointment;
        expect(not_ready_reason ?? null).toBe(status === 'NOT_READY' ? (others.not_ready_reason ?? null) : null);
        const ready = status === 'READY' || status === 'CHECKED_IN';
        expect(ready_source ?? null).toBe(ready ? (others.ready_source ?? null) : null);
      }),
    );
  });
});
