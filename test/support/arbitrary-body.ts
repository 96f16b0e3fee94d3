import fc from 'fast-check';

const aText = fc.string({ unit: 'grapheme', maxLength: 20 });
const anIdentifier = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((id) => !id.includes('\ufffd'));
const aTimestamp = fc.constantFrom('2026-03-02T09:00:00Z', '0001-01-01T00:00:00.1-23:59', '9999-12-31T23:59:59+23:59');
const aPeriod = optionalFields({ start: fc.constantFrom('2024-02-29', '0001-01-01'), end: fc.constant('9999-12-31') });

/** An object in which any field may be missing or null. */
function optionalFields(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const options = Object.entries(fields).map(([name, value]) => [name, fc.option(value)] as const);
  return fc.record(Object.fromEntries(options), { requiredKeys: [] });
}

/** An object with all of the `required` fields and any of the `optional` ones. */
function object(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(fc.record(required), optionalFields(optional)).map(([all, any]) => ({ ...all, ...any }));
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
    npi: anIdentifier,
    canonical_id: anIdentifier,
    addresses: fc.array(
      object(
        { use: fc.constant('BILLING'), line: fc.array(aText), city: aText, state: aText },
        { county: aText, period: aPeriod },
      ).chain((address) =>
        fc
          .constantFrom<Record<string, unknown>>(
            { country: 'US' },
            { country: 'CA', state: 'FC', administrative_area: 'Ontario' },
            { country: 'USA', administrative_area: null },
          )
          .map((foreign) => ({ ...address, postal_code: '', ...foreign })),
      ),
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
  {
    status: 'CHECKED_OUT',
    checked_in_timestamp: '2026-03-02T08:55:00Z',
    checked_out_timestamp: '2026-03-02T09:35:00Z',
  },
  { status: 'NO_SHOW', checked_out_timestamp: null, ready_source: 'MANUAL' },
);

/** Bodies that the contract accepts, with most of its fields. */
export const validBody: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    object(
      {
        patient_id: anIdentifier,
        start_timestamp: aTimestamp,
        service_duration: fc.maxSafeNat(),
        services: fc.array(
          optionalFields({ universal_service_identifier: fc.constant('Tests'), start_timestamp: aTimestamp }),
          {
            maxLength: 3,
          },
        ),
      },
      {
        attending_doctor: aDoctor,
        patient_deposit_cents: fc.maxSafeNat(),
        notes: aText,
        location_resource_id: fc.constantFrom('A', 'A^', 'A^b'),
        automated_eligibility_check_complete: fc.boolean(),
        medical_necessity_verified: fc.boolean(),
        prior_authorization_status: fc.constantFrom('APPROVED', 'EXPIRED'),
        appointment_reason_detail: optionalFields({
          diagnosis_codes: fc.array(aText, { maxLength: 3 }),
          procedure_codes: fc.array(aText, { maxLength: 3 }),
        }),
        cancellation_reason: fc.jsonValue(),
        deactivated: fc.boolean(),
        version: fc.jsonValue(),
        no_such_field: fc.constant(null),
      },
    ),
    statuses,
  )
  .map(([fields, status]) => ({ ...fields, ...status }));

/** Any value that `JSON.parse` can return, including keys such as `__proto__`, lone surrogates, and numbers that overflow a double. */
export const jsonValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.json({ stringUnit: 'binary', maxDepth: 4 }).map((json): unknown => JSON.parse(json)),
  fc.constantFrom(
    ...['1e400', '-0', '{"__proto__":{"a":1}}', '{"constructor":null}', '"\\ud800"'].map((json) => JSON.parse(json)),
  ),
);

/** A valid body with some wrong values, at any depth. */
export const nearlyValidBody: fc.Arbitrary<unknown> = withMistakes(validBody, 10);

/** The same bodies with mistakes at any depth: one value in `oneIn` becomes any JSON value, and one string in `oneIn` gets a typo. */
export function withMistakes(bodies: fc.Arbitrary<unknown>, oneIn: number): fc.Arbitrary<unknown> {
  return fc
    .tuple(bodies, fc.infiniteStream(fc.nat(oneIn - 1)), fc.infiniteStream(jsonValue), fc.infiniteStream(fc.nat(99)))
    .map(([body, dice, values, places]) => corrupt(body, dice, values, places));
}

function corrupt(value: unknown, dice: Iterator<number>, values: Iterator<unknown>, places: Iterator<number>): unknown {
  const roll = dice.next().value;
  if (roll === 0) return values.next().value;
  if (roll === 1 && typeof value === 'string') return withTypo(value, places.next().value);
  if (Array.isArray(value)) return value.map((element) => corrupt(element, dice, values, places));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, corrupt(member, dice, values, places)]),
  );
}

/** The text with one character replaced, removed, or appended. */
function withTypo(text: string, place: number): string {
  const at = place % (text.length + 1);
  return text.slice(0, at) + [...'0123459:-.TZ+^ \n\ufffd', ''][place % 22] + text.slice(at + 1);
}
