import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { appointmentOf, violationsOf } from '../support/parsed.ts';

/** What the contract says of one kind of value: some that are right, around each bound, and some that break a rule. */
type Kind = {
  readonly right: readonly unknown[];
  readonly wrong: readonly Wrong[];
  /** Every value of an enum. */
  readonly closed?: readonly string[];
};
/** `at`: where in the value the violation is; the value itself without. */
type Wrong = { readonly value: unknown; readonly rule: string; readonly at?: string };

/** A field of the contract. `beside`: what an appointment needs for this value, so that no rule between fields is broken. */
type Field = Kind & { readonly required?: boolean; readonly beside?: (value: unknown) => Record<string, unknown> };

const emoji = '\u{1f600}';
const ofType = (...values: unknown[]): Wrong[] => values.map((value) => ({ value, rule: 'type' }));
const notText = ofType(0, 5, true, false, {}, { a: 1 }, [], ['a']);
const loneSurrogates = ['\ud83d', '\ude00', 'a\ud83db', '\ude00\ud83d', `${emoji}\ud83d`].map((value) => ({
  value,
  rule: 'pattern',
}));

function text(most = 1_024): Kind {
  return {
    right: ['', ' ', 'text', 'ñ \u0000 \n "\\/~^ \ufeff', 'a'.repeat(most), emoji.repeat(most)],
    wrong: [
      ...notText,
      ...loneSurrogates,
      { value: 'a'.repeat(most + 1), rule: 'maxLength' },
      { value: emoji.repeat(most + 1), rule: 'maxLength' },
    ],
  };
}

const longText = text(200_000);

const garbled = ['\ufffd', 'a\ufffdb'].map((value) => ({ value, rule: 'pattern' }));
const ungarbled: Kind = { right: text().right, wrong: [...text().wrong, ...garbled] };

const identifier: Kind = {
  right: ['1', ' ', '\ufffc\ufffe', 'a'.repeat(1_024), emoji.repeat(1_024)],
  wrong: [...ungarbled.wrong, { value: '', rule: 'minLength' }],
};

const codedLocation: Kind = {
  right: ['A', 'A^', 'A^Room 1', ' ^ ', '\n', `${emoji}^${emoji}`, `${'a'.repeat(1_023)}^`, emoji.repeat(1_024)],
  wrong: [
    ...ungarbled.wrong,
    ...['', 'A^\ufffd', '^', '^text', 'A^b^', 'A^b^c', 'A^^'].map((value) => ({ value, rule: 'pattern' })),
    { value: `${'a'.repeat(1_024)}^`, rule: 'maxLength' },
  ],
};

const timestamp: Kind = {
  right: ['2026-03-02T09:00:00Z', '2024-02-29T23:59:59.123456789-23:59', '0001-01-01T00:00:00+23:59'],
  wrong: [
    ...notText,
    ...['', '2026-03-02', '2026-02-30T09:00:00Z', '2026-03-02T23:59:60Z', '0000-01-01T00:00:00Z'].map((value) => ({
      value,
      rule: 'format',
    })),
  ],
};

const date: Kind = {
  right: ['2026-03-02', '2024-02-29', '0001-01-01', '9999-12-31'],
  wrong: [
    ...notText,
    ...['', '2026-02-29', '0000-01-01', '2026-03-02T09:00:00Z'].map((value) => ({ value, rule: 'format' })),
  ],
};

const count: Kind = {
  right: [0, 1, 30, 1e3, 2 ** 53 - 1],
  wrong: [
    ...ofType('', '30', true, false, {}, [], [1]),
    ...ofType(1.5, 0.1, JSON.parse('1e400'), JSON.parse('-1e400')),
    ...[-1, -(2 ** 53)].map((value) => ({ value, rule: 'minimum' })),
    ...[2 ** 53, JSON.parse('9007199254740993'), 1e300].map((value) => ({ value, rule: 'maximum' })),
  ],
};

const yesOrNo: Kind = { right: [true, false], wrong: ofType('', 'true', 0, 1, {}, []) };

function oneOf(...names: string[]): Kind {
  const others = ['', 'OTHER', ...names.flatMap((name) => [`${name} `, swappedCase(name)])];
  return { right: names, closed: names, wrong: [...notText, ...others.map((value) => ({ value, rule: 'enum' }))] };
}

function swappedCase(name: string): string {
  return name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
}

function listOf(element: Kind): Kind {
  const [right] = element.right;
  const hundred = Array.from({ length: 100 }, () => right);
  return {
    right: [[], ...element.right.map((value) => [value]), hundred],
    wrong: [
      ...ofType('', 'a', 0, true, {}, { 0: right, length: 1 }),
      { value: [...hundred, right], rule: 'maxItems' },
      { value: [right, null], rule: 'type', at: '/1' },
      ...element.wrong.map(({ value, rule, at = '' }) => ({ value: [right, value], rule, at: `/1${at}` })),
    ],
  };
}

/** An object of the contract; what may be in it has tests of its own, at every place where one stands. */
function object(smallest: Record<string, unknown>): Kind {
  return { right: [smallest], wrong: [...ofType('', 'a', 0, true, []), { value: [smallest], rule: 'type' }] };
}

const required = (kind: Kind): Field => ({ ...kind, required: true });
const beside = (fields: Record<string, unknown>, kind: Kind): Field => ({ ...kind, beside: () => fields });

// The smallest of each object: its required fields only.
const aPeriod = {};
const aName = { family: 'Doe', given: [], use: 'USUAL' };
const aTelecom = { value: '555', use: 'WORK' };
const anAddress = { use: 'WORK', line: [], city: 'A', state: 'B', postal_code: 'C', country: 'D' };
const aFacility = { service_facility_id: 'f' };
const aDoctor = { name: aName, telecoms: [] };

const period = { start: date, end: date };

/** The contract's tables of fields, and every place in a body where an object of that type stands. */
const places: {
  title: string;
  pointer: string;
  smallest: Record<string, unknown>;
  body: (object: unknown) => unknown;
  fields: Record<string, Field>;
}[] = [
  {
    title: 'MutableAppointment',
    pointer: '',
    smallest: anAppointment(),
    body: (object) => object,
    fields: {
      patient_id: required(identifier),
      start_timestamp: required(timestamp),
      service_duration: required(count),
      services: required(listOf(object({}))),
      status: {
        ...oneOf('PENDING', 'NOT_READY', 'READY', 'CHECKED_IN', 'CHECKED_OUT', 'NO_SHOW'),
        beside: (status) => ({
          ...(status === 'NOT_READY' && { work_queue: 'NEW_PATIENT' }),
          ...(/^CHECKED_/.test(String(status)) && { checked_in_timestamp: '2026-03-02T09:00:00Z' }),
          ...(status === 'CHECKED_OUT' && { checked_out_timestamp: '2026-03-02T09:30:00Z' }),
        }),
      },
      work_queue: oneOf('EMERGENT_ISSUE', 'NEW_PATIENT', 'RETURNING_PATIENT', 'MANUAL_ESCALATION'),
      checked_in_timestamp: beside({ status: 'CHECKED_IN' }, timestamp),
      checked_out_timestamp: beside({ status: 'CHECKED_OUT', checked_in_timestamp: '2026-03-02T09:00:00Z' }, timestamp),
      not_ready_reason: beside(
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
      ready_source: beside({ status: 'READY' }, oneOf('MANUAL', 'MACHINE')),
      placer_appointment_id: identifier,
      placer_system_name: ungarbled,
      attending_doctor: object({ ...aDoctor, type: 'ATTENDING' }),
      estimated_copay_cents: count,
      estimated_patient_responsibility_cents: count,
      patient_deposit_cents: count,
      appointment_details: longText,
      notes: longText,
      location_resource_id: codedLocation,
      automated_eligibility_check_complete: yesOrNo,
      medical_necessity_verified: yesOrNo,
      prior_authorization_status: oneOf(
        ...['NOT_REQUIRED', 'REQUIRED', 'PENDING', 'APPROVED', 'PARTIALLY_APPROVED', 'DENIED', 'EXPIRED'],
      ),
      appointment_reason_detail: object({}),
    },
  },
  {
    title: 'AppointmentReasonDetail',
    pointer: '/appointment_reason_detail',
    smallest: {},
    body: (appointment_reason_detail) => anAppointment({ appointment_reason_detail }),
    fields: { diagnosis_codes: listOf(text()), procedure_codes: listOf(text()) },
  },
  {
    title: 'Service',
    pointer: '/services/0',
    smallest: {},
    body: (service) => anAppointment({ services: [service] }),
    fields: {
      universal_service_identifier: oneOf('MD_Visit', 'Treatment', 'Tests', 'Activity'),
      start_timestamp: timestamp,
    },
  },
  {
    title: 'ExternalProvider',
    pointer: '/attending_doctor',
    smallest: aDoctor,
    body: (attending_doctor) => anAppointment({ attending_doctor }),
    fields: {
      name: required(object(aName)),
      telecoms: required(listOf(object(aTelecom))),
      type: oneOf('PRIMARY', 'REFERRING', 'ATTENDING'),
      npi: ungarbled,
      addresses: listOf(object(anAddress)),
      period: object(aPeriod),
      canonical_id: ungarbled,
      fax: text(),
      other_fax_numbers: listOf(text()),
      emails: listOf(text()),
      service_facilities: listOf(object(aFacility)),
    },
  },
  {
    title: 'HumanName',
    pointer: '/attending_doctor/name',
    smallest: aName,
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
    smallest: aTelecom,
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
    smallest: anAddress,
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
      administrative_area: beside({ state: 'FC', country: 'CA' }, text()),
    },
  },
  {
    title: 'ServiceFacility',
    pointer: '/attending_doctor/service_facilities/0',
    smallest: aFacility,
    body: (facility) => withDoctor({ service_facilities: [facility] }),
    fields: { service_facility_id: required(identifier) },
  },
  {
    title: 'Period of the provider',
    pointer: '/attending_doctor/period',
    smallest: aPeriod,
    body: (period) => withDoctor({ period }),
    fields: period,
  },
  {
    title: 'Period of the name',
    pointer: '/attending_doctor/name/period',
    smallest: aPeriod,
    body: (period) => withDoctor({ name: { ...aName, period } }),
    fields: period,
  },
  {
    title: 'Period of a telecom',
    pointer: '/attending_doctor/telecoms/0/period',
    smallest: aPeriod,
    body: (period) => withDoctor({ telecoms: [{ ...aTelecom, period }] }),
    fields: period,
  },
  {
    title: 'Period of an address',
    pointer: '/attending_doctor/addresses/0/period',
    smallest: aPeriod,
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

/** A value as a failed test shows it. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}… (${json.length})` : json;
}

describe.each(places)('$title', ({ pointer, smallest, body, fields }) => {
  const cases = Object.entries(fields).map(([name, field]) => ({ name, path: `${pointer}/${name}`, ...field }));

  it('is accepted with its required fields alone', () => {
    expect(violationsOf(body(smallest))).toEqual([]);
  });

  it.each(cases)('takes every right $name, and gives it back as it was sent', ({ name, right, beside }) => {
    for (const value of right) {
      const sent = body({ ...smallest, ...beside?.(value), [name]: value });
      const appointment = appointmentOf(sent);
      expect({ value: shown(value), appointment }).toMatchObject({ value: shown(value), appointment: sent });
    }
  });

  it.each(cases)('refuses every wrong $name at $path', ({ name, path, wrong, beside }) => {
    for (const { value, rule, at = '' } of wrong) {
      const violations = violationsOf(body({ ...smallest, ...beside?.(value), [name]: value }));
      const paths = new Set(violations.map((violation) => violation.path));
      const rules = violations.map((violation) => violation.rule);
      expect({ value: shown(value), paths: [...paths] }).toEqual({ value: shown(value), paths: [path + at] });
      expect({ value: shown(value), rules }).toEqual({ value: shown(value), rules: expect.arrayContaining([rule]) });
      for (const { message } of violations) expect(message).toContain(name);
    }
  });

  it.each(cases)('reads a $name that is null as one that is left out', ({ name, path, required }) => {
    const { [name]: _, ...without } = smallest;
    const missing = [{ path, rule: 'required', message: expect.stringMatching(`${name} must be set$`) }];
    expect(violationsOf(body(without))).toEqual(required ? missing : []);
    expect(parseAppointment(body({ ...without, [name]: null }))).toStrictEqual(parseAppointment(body(without)));
  });

  it.each(['no_such_field', 'Patient_id', 'a/b~c', '', ' ', 'toString', 'constructor', '__proto__', '0'])(
    'refuses an unknown field by its name, %j',
    (name) => {
      const sent = Object.fromEntries([...Object.entries(smallest), [name, {}]]);
      const path = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(violationsOf(body(sent))).toEqual([
        { path, rule: 'additionalProperties', message: expect.stringContaining(name) },
      ]);
    },
  );

  it.each(['no_such_field', '__proto__'])('takes an unknown %s that is null as not set', (name) => {
    const sent = Object.fromEntries([...Object.entries(smallest), [name, null]]);
    expect(parseAppointment(body(sent))).toStrictEqual(parseAppointment(body(smallest)));
  });
});

describe('the schema', () => {
  it('names the fields of the contract and no other', () => {
    const named = Object.keys(mutableAppointmentSchema.properties).toSorted();
    expect(named).toEqual(Object.keys(places[0]?.fields ?? {}).toSorted());
  });

  const enums = places.flatMap(({ pointer, fields }) =>
    Object.entries(fields).flatMap(([name, { closed }]) => (closed ? [{ path: `${pointer}/${name}`, closed }] : [])),
  );

  it.each(enums)('closes the enum of $path: $closed', ({ path, closed }) => {
    expect(schemaAt(path)).toMatchObject({ enum: closed });
  });

  it('names every violation of a body at once', () => {
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
  ])('breaks a rule of its own in any other address: %j', (address) => {
    expect(violationsAt({ administrative_area, ...address })).toEqual([rule]);
    expect(violationsAt({ administrative_area: '', ...address })).toEqual([rule]);
    expect(violationsAt({ administrative_area: null, ...address })).toEqual([]);
    expect(violationsAt(address)).toEqual([]);
  });

  it('breaks it beside whatever else is wrong with the address', () => {
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
  it('are PENDING for the status, and nothing else of an appointment', () => {
    expect(appointmentOf(anAppointment())).toStrictEqual({
      ...anAppointment(),
      status: 'PENDING',
    });
  });

  it.each([aDoctor, { ...aDoctor, type: null }])('are ATTENDING for the type of the doctor (%j)', (doctor) => {
    const appointment = appointmentOf(anAppointment({ attending_doctor: doctor }));
    expect(appointment?.attending_doctor).toStrictEqual({ ...aDoctor, type: 'ATTENDING' });
  });
});

describe.each([
  ...['id', 'organization_id', 'version', 'updated_at', 'updating_user_id', 'deactivated', 'cancellation_reason'],
])('the server-owned %s', (name) => {
  it('is ignored with any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseAppointment(anAppointment({ [name]: value }))).toStrictEqual(parseAppointment(anAppointment()));
      }),
    );
  });

  it.each(places.slice(1))('is an unknown field inside a $title', ({ pointer, smallest, body }) => {
    expect(violationsOf(body({ ...smallest, [name]: 1 }))).toMatchObject([
      { path: `${pointer}/${name}`, rule: 'additionalProperties' },
    ]);
  });
});
