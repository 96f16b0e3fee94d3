import fc from 'fast-check';

const aText = fc.string({ unit: 'grapheme', maxLength: 20 });
const aTimestamp = fc.constantFrom('2026-03-02T09:00:00Z', '0001-01-01T00:00:00.1-23:59', '9999-12-31T23:59:59+23:59');
const aPeriod = some({ start: fc.constantFrom('2024-02-29', '0001-01-01'), end: fc.constant('9999-12-31') });

/** An object of which any field may be left out or null. */
function some(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const options = Object.entries(fields).map(([name, value]) => [name, fc.option(value)] as const);
  return fc.record(Object.fromEntries(options), { requiredKeys: [] });
}

/** An object with all of `needed`, and any of `fields`. */
function object(
  needed: Record<string, fc.Arbitrary<unknown>>,
  fields: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(fc.record(needed), some(fields)).map(([all, any]) => ({ ...all, ...any }));
}

const aDoctor = object(
  {
    name: object(
      { family: aText, given: fc.array(aText, { maxLength: 3 }), use: fc.constantFrom('USUAL', 'MAIDEN') },
      { period: aPeriod, suffix: aText },
    ),
    telecoms: fc.array(object({ value: aText, use: fc.constantFrom('HOME', 'MOBILE') }, { period: aPeriod }), {
      maxLength: 3,
    }),
  },
  {
    type: fc.constantFrom('PRIMARY', 'REFERRING', 'ATTENDING'),
    npi: aText,
    addresses: fc.array(
      object(
        { use: fc.constant('BILLING'), line: fc.array(aText), city: aText, state: aText },
        { county: aText, period: aPeriod },
      ).map((address) => ({ ...address, postal_code: '', country: 'US' })),
      { maxLength: 2 },
    ),
    emails: fc.array(aText, { maxLength: 3 }),
    service_facilities: fc.array(fc.record({ service_facility_id: fc.constant('f') }), { maxLength: 2 }),
    period: aPeriod,
  },
);

const statuses = fc.constantFrom<Record<string, unknown>>(
  {},
  { status: 'PENDING', work_queue: 'EMERGENT_ISSUE' },
  { status: 'NOT_READY', work_queue: 'NEW_PATIENT', not_ready_reason: 'ERROR' },
  { status: 'READY', work_queue: null, ready_source: 'MACHINE' },
  { status: 'CHECKED_IN', checked_in_timestamp: '2026-03-02T08:55:00Z', not_ready_reason: 'MANUAL' },
);

/** Any body that the contract accepts, more or less. */
export const validBody: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    object(
      {
        patient_id: fc.string({ unit: 'grapheme', minLength: 1 }),
        start_timestamp: aTimestamp,
        service_duration: fc.maxSafeNat(),
        services: fc.array(some({ universal_service_identifier: fc.constant('Tests'), start_timestamp: aTimestamp }), {
          maxLength: 3,
        }),
      },
      {
        attending_doctor: aDoctor,
        patient_deposit_cents: fc.maxSafeNat(),
        notes: aText,
        location_resource_id: fc.constantFrom('A', 'A^', 'A^b'),
        automated_eligibility_check_complete: fc.boolean(),
        deactivated: fc.boolean(),
        version: fc.jsonValue(),
        no_such_field: fc.constant(null),
      },
    ),
    statuses,
  )
  .map(([fields, status]) => ({ ...fields, ...status }));

/** Any JSON value as `JSON.parse` gives it: keys such as `__proto__`, lone surrogates, numbers beyond what a double holds. */
export const jsonValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.json({ stringUnit: 'binary', maxDepth: 4 }).map((json): unknown => JSON.parse(json)),
  fc.constantFrom(
    ...['1e400', '-0', '{"__proto__":{"a":1}}', '{"constructor":null}', '"\\ud800"'].map((json) => JSON.parse(json)),
  ),
);

/** A valid body in which some values, at any depth, are any JSON value instead, and some are gone: what schema and rules are for. */
export const nearlyValidBody: fc.Arbitrary<unknown> = fc
  .tuple(validBody, fc.infiniteStream(fc.nat(9)), fc.infiniteStream(jsonValue))
  .map(([body, dice, values]) => spoilt(body, dice, values));

function spoilt(value: unknown, dice: Iterator<number>, values: Iterator<unknown>): unknown {
  if (dice.next().value === 0) return values.next().value;
  if (Array.isArray(value)) return value.map((element) => spoilt(element, dice, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, spoilt(member, dice, values)]));
}
