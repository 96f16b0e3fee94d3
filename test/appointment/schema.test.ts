import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { appointmentOf, violationsOf } from '../support/parsed.ts';

/** Samples of one kind of value in the contract, near each limit: valid ones, and invalid ones with the rule that they violate. */
type Kind = {
  readonly valid: readonly unknown[];
  readonly invalid: readonly Invalid[];
  /** Every value of an enum. */
  readonly enumValues?: readonly string[];
};
/** `at`: the pointer of the violation inside the value; if not set, the value itself. */
type Invalid = { readonly value: unknown; readonly rule: string; readonly at?: string };

/** A field of the contract. `needs`: the other fields that this value needs, so that no status rule is violated. */
type Field = Kind & { readonly required?: boolean; readonly needs?: (value: unknown) => Record<string, unknown> };

const emoji = '\u{1f600}';
const ofType = (...values: unknown[]): Invalid[] => values.map((value) => ({ value, rule: 'type' }));
const notStrings = ofType(0, 5, true, false, {}, { a: 1 }, [], ['a']);
const loneSurrogates = ['\ud83d', '\ude00', 'a\ud83db', '\ude00\ud83d', `${emoji}\ud83d`].map((value) => ({
  value,
  rule: 'pattern',
}));

function text(maxLength = 1_024): Kind {
  return {
    valid: ['', ' ', 'text', 'ñ \u0000 \n "\\/~^ \ufeff', 'a'.repeat(maxLength), emoji.repeat(maxLength)],
    invalid: [
      ...notStrings,
      ...loneSurrogates,
      { value: 'a'.repeat(maxLength + 1), rule: 'maxLength' },
      { value: emoji.repeat(maxLength + 1), rule: 'maxLength' },
    ],
  };
}

const longText = text(200_000);

const replacementCharacters = ['\ufffd', 'a\ufffdb'].map((value) => ({ value, rule: 'pattern' }));
const cleanText: Kind = { valid: text().valid, invalid: [...text().invalid, ...replacementCharacters] };

const identifier: Kind = {
  valid: ['1', ' ', '\ufffc\ufffe', 'a'.repeat(1_024), emoji.repeat(1_024)],
  invalid: [...cleanText.invalid, { value: '', rule: 'minLength' }],
};

const codedLocation: Kind = {
  valid: ['A', 'A^', 'A^Room 1', ' ^ ', '\n', `${emoji}^${emoji}`, `${'a'.repeat(1_023)}^`, emoji.repeat(1_024)],
  invalid: [
    ...cleanText.invalid,
    ...['', 'A^\ufffd', '^', '^text', 'A^b^', 'A^b^c', 'A^^'].map((value) => ({ value, rule: 'pattern' })),
    { value: `${'a'.repeat(1_024)}^`, rule: 'maxLength' },
  ],
};

const timestamp: Kind = {
  valid: ['2026-03-02T09:00:00Z', '2024-02-29T23:59:59.123456789-23:59', '0001-01-01T00:00:00+23:59'],
  invalid: [
    ...notStrings,
    ...['', '2026-03-02', '2026-02-30T09:00:00Z', '2026-03-02T23:59:60Z', '0000-01-01T00:00:00Z'].map((value) => ({
      value,
      rule: 'format',
    })),
  ],
};

const date: Kind = {
  valid: ['2026-03-02', '2024-02-29', '0001-01-01', '9999-12-31'],
  invalid: [
    ...notStrings,
    ...['', '2026-02-29', '0000-01-01', '2026-03-02T09:00:00Z'].map((value) => ({ value, rule: 'format' })),
  ],
};

const count: Kind = {
  valid: [0, 1, 30, 1e3, 2 ** 53 - 1],
  invalid: [
    ...ofType('', '30', true, false, {}, [], [1]),
    ...ofType(1.5, 0.1, JSON.parse('1e400'), JSON.parse('-1e400')),
    ...[-1, -(2 ** 53)].map((value) => ({ value, rule: 'minimum' })),
    ...[2 ** 53, JSON.parse('9007199254740993'), 1e300].map((value) => ({ value, rule: 'maximum' })),
  ],
};

const boolean: Kind = { valid: [true, false], invalid: ofType('', 'true', 0, 1, {}, []) };

function oneOf(...names: string[]): Kind {
  const others = ['', 'OTHER', ...names.flatMap((name) => [`${name} `, swappedCase(name)])];
  return {
    valid: names,
    enumValues: names,
    invalid: [...notStrings, ...others.map((value) => ({ value, rule: 'enum' }))],
  };
}

function swappedCase(name: string): string {
  return name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
}

function listOf(element: Kind): Kind {
  const [valid] = element.valid;
  const hundred = Array.from({ length: 100 }, () => valid);
  return {
    valid: [[], ...element.valid.map((value) => [value]), hundred],
    invalid: [
      ...ofType('', 'a', 0, true, {}, { 0: valid, length: 1 }),
      { value: [...hundred, valid], rule: 'maxItems' },
      { value: [valid, null], rule: 'type', at: '/1' },
      ...element.invalid.map(({ value, rule, at = '' }) => ({ value: [valid, value], rule, at: `/1${at}` })),
    ],
  };
}

/** An object of the contract. Its members have their own tests, at every place where such an object can occur. */
function object(minimal: Record<string, unknown>): Kind {
  return { valid: [minimal], invalid: [...ofType('', 'a', 0, true, []), { value: [minimal], rule: 'type' }] };
}

const required = (kind: Kind): Field => ({ ...kind, required: true });
const needs = (fields: Record<string, unknown>, kind: Kind): Field => ({ ...kind, needs: () => fields });

// Each object with its required fields only.
const aPeriod = {};
const aName = { family: 'Doe', given: [], use: 'USUAL' };
const aTelecom = { value: '555', use: 'WORK' };
const anAddress = { use: 'WORK', line: [], city: 'A', state: 'B', postal_code: 'C', country: 'D' };
const aFacility = { service_facility_id: 'f' };
const aDoctor = { name: aName, telecoms: [] };

const period = { start: date, end: date };

/** The contract's tables of fields, once for every place in a body where such an object can occur. */
const places: {
  title: string;
  pointer: string;
  minimal: Record<string, unknown>;
  body: (object: unknown) => unknown;
  fields: Record<string, Field>;
}[] = [
  {
    title: 'MutableAppointment',
    pointer: '',
    minimal: anAppointment(),
    body: (object) => object,
    fields: {
      patient_id: required(identifier),
      start_timestamp: required(timestamp),
      service_duration: required(count),
      services: required(listOf(object({}))),
      status: {
        ...oneOf('PENDING', 'NOT_READY', 'READY', 'CHECKED_IN', 'CHECKED_OUT', 'NO_SHOW'),
        needs: (status) => ({
          ...(status === 'NOT_READY' && { work_queue: 'NEW_PATIENT' }),
          ...(/^CHECKED_/.test(String(status)) && { checked_in_timestamp: '2026-03-02T09:00:00Z' }),
          ...(status === 'CHECKED_OUT' && { checked_out_timestamp: '2026-03-02T09:30:00Z' }),
        }),
      },
      work_queue: oneOf('EMERGENT_ISSUE', 'NEW_PATIENT', 'RETURNING_PATIENT', 'MANUAL_ESCALATION'),
      checked_in_timestamp: needs({ status: 'CHECKED_IN' }, timestamp),
      checked_out_timestamp: needs({ status: 'CHECKED_OUT', checked_in_timestamp: '2026-03-02T09:00:00Z' }, timestamp),
      not_ready_reason: needs(
        { status: 'NOT_READY', work_queue: 'NEW_PATIENT' },
        oneOf(
          'INACTIVE_PRIMARY',
          'INACTIVE_SECONDARY',
          'MEDICARE_ADVANTAGE_CONVERSION',
          'MEDICAID_MANAGED_CONVERSION',
          'UNAVAILABLE_PRIMARY',
          'UNAVAILABLE_SECONDARY',
          'PENDING_PRIMARY',
          'PENDING_SECONDARY',
          'ELIGIBILITY_CHECK_FAILED_PRIMARY',
          'ELIGIBILITY_CHECK_FAILED_SECONDARY',
          'NEW_COMBO',
          'NEW_INSURANCE',
          'PRIOR_APPOINTMENT_NOT_READY',
          'NO_COVERAGE',
          'ERROR',
          'MANUAL',
        ),
      ),
      ready_source: needs({ status: 'READY' }, oneOf('MANUAL', 'MACHINE')),
      placer_appointment_id: identifier,
      placer_system_name: cleanText,
      attending_doctor: object({ ...aDoctor, type: 'ATTENDING' }),
      estimated_copay_cents: count,
      estimated_patient_responsibility_cents: count,
      patient_deposit_cents: count,
      appointment_details: longText,
      notes: longText,
      location_resource_id: codedLocation,
      automated_eligibility_check_complete: boolean,
      medical_necessity_verified: boolean,
      prior_authorization_status: oneOf(
        ...['NOT_REQUIRED', 'REQUIRED', 'PENDING', 'APPROVED', 'PARTIALLY_APPROVED', 'DENIED', 'EXPIRED'],
      ),
      appointment_reason_detail: object({}),
    },
  },
  {
    title: 'AppointmentReasonDetail',
    pointer: '/appointment_reason_detail',
    minimal: {},
    body: (appointment_reason_detail) => anAppointment({ appointment_reason_detail }),
    fields: { diagnosis_codes: listOf(text()), procedure_codes: listOf(text()) },
  },
  {
    title: 'Service',
    pointer: '/services/0',
    minimal: {},
    body: (service) => anAppointment({ services: [service] }),
    fields: {
      universal_service_identifier: oneOf('MD_Visit', 'Treatment', 'Tests', 'Activity'),
      start_timestamp: timestamp,
    },
  },
  {
    title: 'ExternalProvider',
    pointer: '/attending_doctor',
    minimal: aDoctor,
    body: (attending_doctor) => anAppointment({ attending_doctor }),
    fields: {
      name: required(object(aName)),
      telecoms: required(listOf(object(aTelecom))),
      type: oneOf('PRIMARY', 'REFERRING', 'ATTENDING'),
      npi: cleanText,
      addresses: listOf(object(anAddress)),
      period: object(aPeriod),
      canonical_id: cleanText,
      fax: text(),
      other_fax_numbers: listOf(text()),
      emails: listOf(text()),
      service_facilities: listOf(object(aFacility)),
    },
  },
  {
    title: 'HumanName',
    pointer: '/attending_doctor/name',
    minimal: aName,
    body: (name) => withDoctor({ name }),
    fields: {
      family: required(text()),
      given: required(listOf(text())),
      use: required(oneOf('USUAL', 'OFFICIAL', 'TEMP', 'NICKNAME', 'ANONYMOUS', 'OLD', 'MAIDEN')),
      period: object(aPeriod),
      suffix: text(),
    },
  },
  {
    title: 'ContactPoint',
    pointer: '/attending_doctor/telecoms/0',
    minimal: aTelecom,
    body: (telecom) => withDoctor({ telecoms: [telecom] }),
    fields: {
      value: required(text()),
      use: required(oneOf('HOME', 'WORK', 'TEMP', 'OLD', 'MOBILE')),
      period: object(aPeriod),
    },
  },
  {
    title: 'Address',
    pointer: '/attending_doctor/addresses/0',
    minimal: anAddress,
    body: (address) => withDoctor({ addresses: [address] }),
    fields: {
      use: required(oneOf('HOME', 'WORK', 'TEMP', 'OLD', 'BILLING')),
      line: required(listOf(text())),
      city: required(text()),
      state: required(text()),
      postal_code: required(text()),
      country: required(text()),
      county: text(),
      period: object(aPeriod),
      administrative_area: needs({ state: 'FC', country: 'CA' }, text()),
    },
  },
  {
    title: 'ServiceFacility',
    pointer: '/attending_doctor/service_facilities/0',
    minimal: aFacility,
    body: (facility) => withDoctor({ service_facilities: [facility] }),
    fields: { service_facility_id: required(identifier) },
  },
  {
    title: 'Period of the provider',
    pointer: '/attending_doctor/period',
    minimal: aPeriod,
    body: (period) => withDoctor({ period }),
    fields: period,
  },
  {
    title: 'Period of the name',
    pointer: '/attending_doctor/name/period',
    minimal: aPeriod,
    body: (period) => withDoctor({ name: { ...aName, period } }),
    fields: period,
  },
  {
    title: 'Period of a telecom',
    pointer: '/attending_doctor/telecoms/0/period',
    minimal: aPeriod,
    body: (period) => withDoctor({ telecoms: [{ ...aTelecom, period }] }),
    fields: period,
  },
  {
    title: 'Period of an address',
    pointer: '/attending_doctor/addresses/0/period',
    minimal: aPeriod,
    body: (period) => withDoctor({ addresses: [{ ...anAddress, period }] }),
    fields: period,
  },
];

function withDoctor(fields: Record<string, unknown>): unknown {
  return anAppointment({ attending_doctor: { ...aDoctor, type: 'ATTENDING', ...fields } });
}

/** The part of the schema that validates the value at a pointer. */
function schemaAt(pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce((schema: { items?: object; properties?: Record<string, object> }, name) => {
    return (/^\d+$/.test(name) ? schema.items : schema.properties?.[name]) ?? {};
  }, mutableAppointmentSchema);
}

/** A value as the output of a failed test shows it. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}… (${json.length})` : json;
}

describe.each(places)('$title', ({ pointer, minimal, body, fields }) => {
  const cases = Object.entries(fields).map(([name, field]) => ({ name, path: `${pointer}/${name}`, ...field }));

  it('is valid with only its required fields', () => {
    expect(violationsOf(body(minimal))).toEqual([]);
  });

  it.each(cases)('accepts every valid $name and returns it as sent', ({ name, valid, needs }) => {
    for (const value of valid) {
      const sent = body({ ...minimal, ...needs?.(value), [name]: value });
      const appointment = appointmentOf(sent);
      expect({ value: shown(value), appointment }).toMatchObject({ value: shown(value), appointment: sent });
    }
  });

  it.each(cases)('rejects every invalid $name with a violation at $path', ({ name, path, invalid, needs }) => {
    for (const { value, rule, at = '' } of invalid) {
      const violations = violationsOf(body({ ...minimal, ...needs?.(value), [name]: value }));
      const paths = new Set(violations.map((violation) => violation.path));
      const rules = violations.map((violation) => violation.rule);
      expect({ value: shown(value), paths: [...paths] }).toEqual({ value: shown(value), paths: [path + at] });
      expect({ value: shown(value), rules }).toEqual({ value: shown(value), rules: expect.arrayContaining([rule]) });
      for (const { message } of violations) expect(message).toContain(name);
    }
  });

  it.each(cases)('treats a $name that is null like a missing one', ({ name, path, required }) => {
    const { [name]: _, ...without } = minimal;
    const missing = [{ path, rule: 'required', message: expect.stringMatching(`${name} must be set$`) }];
    expect(violationsOf(body(without))).toEqual(required ? missing : []);
    expect(parseAppointment(body({ ...without, [name]: null }))).toStrictEqual(parseAppointment(body(without)));
  });

  it.each(['no_such_field', 'Patient_id', 'a/b~c', '', ' ', 'toString', 'constructor', '__proto__', '0'])(
    'rejects an unknown field and names it: %j',
    (name) => {
      const sent = Object.fromEntries([...Object.entries(minimal), [name, {}]]);
      const path = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(violationsOf(body(sent))).toEqual([
        { path, rule: 'additionalProperties', message: expect.stringContaining(name) },
      ]);
    },
  );

  it.each(['no_such_field', '__proto__'])('ignores an unknown %s that is null', (name) => {
    const sent = Object.fromEntries([...Object.entries(minimal), [name, null]]);
    expect(parseAppointment(body(sent))).toStrictEqual(parseAppointment(body(minimal)));
  });
});

describe('the schema', () => {
  it('has exactly the fields of the contract', () => {
    const named = Object.keys(mutableAppointmentSchema.properties).toSorted();
    expect(named).toEqual(Object.keys(places[0]?.fields ?? {}).toSorted());
  });

  const enums = places.flatMap(({ pointer, fields }) =>
    Object.entries(fields).flatMap(([name, { enumValues }]) =>
      enumValues ? [{ path: `${pointer}/${name}`, enumValues }] : [],
    ),
  );

  it.each(enums)('allows only these values at $path: $enumValues', ({ path, enumValues }) => {
    expect(schemaAt(path)).toMatchObject({ enum: enumValues });
  });

  it('reports every violation of a body at once', () => {
    const doctor = { name: { given: [1], use: 'X', period: { start: '2026-02-30' } }, telecoms: null, extra: 1 };
    const violations = violationsOf({ services: [{}, null], attending_doctor: doctor });
    expect(new Set(violations.map(({ path, rule }) => `${path} ${rule}`))).toEqual(
      new Set([
        '/patient_id required',
        '/start_timestamp required',
        '/service_duration required',
        '/services/1 type',
        '/attending_doctor/telecoms required',
        '/attending_doctor/extra additionalProperties',
        '/attending_doctor/name/family required',
        '/attending_doctor/name/given/0 type',
        '/attending_doctor/name/use enum',
        '/attending_doctor/name/period/start format',
      ]),
    );
  });
});

describe('the administrative area of an address', () => {
  const violationsAt = (address: Record<string, unknown>) =>
    violationsOf(withDoctor({ addresses: [{ ...anAddress, ...address }] })).map(({ path, rule }) => `${rule} ${path}`);
  const rule = 'administrative_area_needs_foreign_address /attending_doctor/addresses/0/administrative_area';
  const administrative_area = 'Ontario';

  it.each([{ country: 'CA' }, { country: 'us' }, { country: '' }])('may be set in a foreign address: %j', (address) => {
    expect(violationsAt({ administrative_area, state: 'FC', ...address })).toEqual([]);
  });

  it.each([
    { state: 'FC', country: 'US' },
    { state: 'FC', country: 'USA' },
    { state: 'ON', country: 'CA' },
    { state: 'fc', country: 'CA' },
    { state: 'WA', country: 'US' },
  ])('violates administrative_area_needs_foreign_address in any other address: %j', (address) => {
    expect(violationsAt({ administrative_area, ...address })).toEqual([rule]);
    expect(violationsAt({ administrative_area: '', ...address })).toEqual([rule]);
    expect(violationsAt({ administrative_area: null, ...address })).toEqual([]);
    expect(violationsAt(address)).toEqual([]);
  });

  it('is reported together with the other violations of the address', () => {
    expect(violationsAt({ administrative_area: 5, state: null, country: 'CA' }).toSorted()).toEqual(
      [
        rule,
        'required /attending_doctor/addresses/0/state',
        'type /attending_doctor/addresses/0/administrative_area',
      ].toSorted(),
    );
  });
});

describe('defaults', () => {
  it('set only the status of an appointment, to PENDING', () => {
    expect(appointmentOf(anAppointment())).toStrictEqual({
      ...anAppointment(),
      status: 'PENDING',
    });
  });

  it.each([aDoctor, { ...aDoctor, type: null }])('set the type of a doctor to ATTENDING: %j', (doctor) => {
    const appointment = appointmentOf(anAppointment({ attending_doctor: doctor }));
    expect(appointment?.attending_doctor).toStrictEqual({ ...aDoctor, type: 'ATTENDING' });
  });
});

describe.each([
  ...['id', 'organization_id', 'version', 'updated_at', 'updating_user_id', 'deactivated', 'cancellation_reason'],
])('the server-owned %s', (name) => {
  it('is ignored, whatever its value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseAppointment(anAppointment({ [name]: value }))).toStrictEqual(parseAppointment(anAppointment()));
      }),
    );
  });

  it.each(places.slice(1))('is an unknown field in a $title', ({ pointer, minimal, body }) => {
    expect(violationsOf(body({ ...minimal, [name]: 1 }))).toMatchObject([
      { path: `${pointer}/${name}`, rule: 'additionalProperties' },
    ]);
  });
});
