import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ParseOutcome, parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import { anAppointment } from '../support/an-appointment.ts';
import { jsonValue, nearlyValidBody, validBody } from '../support/arbitrary-body.ts';
import { appointmentOf, violationsOf } from '../support/parsed.ts';
import { reversed } from '../support/reversed.ts';

const anyBody = fc.oneof(jsonValue, nearlyValidBody);

describe('parseAppointment', () => {
  it('returns an appointment or at least one violation, and never throws', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const parsed = parseAppointment(body);
        if (parsed.outcome === 'invalid') expect(parsed.violations).not.toEqual([]);
        else expect(parsed.appointment).toEqual(Object(parsed.appointment));
      }),
      { numRuns: 1_000 },
    );
  });

  it('accepts every valid body', () => {
    fc.assert(fc.property(validBody, (body) => expect(violationsOf(body)).toEqual([])));
  });

  it('returns its own result unchanged when it parses it again, with or without server-owned fields', () => {
    fc.assert(
      fc.property(validBody, (body) => {
        const appointment = appointmentOf(body);
        expect(appointmentOf(appointment)).toStrictEqual(appointment);
        const withServerFields = { ...appointment, id: 'x', organization_id: 'x', version: 1, deactivated: false };
        expect(appointmentOf(withServerFields)).toStrictEqual(appointment);
      }),
    );
  });

  it('does not modify the body', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const before = structuredClone(body);
        parseAppointment(body);
        expect(body).toStrictEqual(before);
      }),
    );
  });

  it('returns no null', () => {
    fc.assert(
      fc.property(validBody, (body) => {
        expect(JSON.stringify(appointmentOf(body))).not.toMatch(/:null[,}]/);
      }),
    );
  });

  it('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        expect(comparable(parseAppointment(reversed(body)))).toEqual(comparable(parseAppointment(body)));
      }),
    );
  });
});

describe('a violation', () => {
  it('points to a field, present or missing, of an object in the body', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        for (const { path } of violationsOf(body)) {
          expect(path).toMatch(/^(\/([^~/]|~[01])*)*$/u);
          const tokens = path.split('/').slice(1).map(unescaped);
          const parent = tokens.slice(0, -1).reduce(memberOf, body);
          if (tokens.length > 0) expect({ path, parent }).toEqual({ path, parent: Object(parent) });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has a path, a rule, and a message', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        for (const violation of violationsOf(body)) {
          expect(violation).toEqual({
            path: expect.any(String),
            rule: expect.stringMatching(/^[a-zA-Z_]+$/),
            message: expect.stringMatching(/\S+ \S+/),
          });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never quotes a value of the body, which may be patient data', () => {
    const secret = fc.constantFrom<unknown>(
      'Sensitive',
      'Sensitive^a^b',
      'Sensitive'.repeat(200_000 / 9 + 1),
      -8675309,
      8675309.5,
    );
    const names = fc.constantFrom(
      ...['status', 'work_queue', 'checked_in_timestamp', 'services', 'attending_doctor', 'name', 'given', 'telecoms'],
      ...[
        'patient_id',
        'start_timestamp',
        'service_duration',
        'notes',
        'location_resource_id',
        'period',
        'start',
        'extra',
      ],
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, secret, fc.array(tie('value')), fc.dictionary(names, tie('value'))),
    }));
    fc.assert(
      fc.property(fc.dictionary(names, value), (body) => {
        expect(JSON.stringify(violationsOf(body))).not.toMatch(/Sensitive|8675309/);
      }),
    );
  });

  it.each([
    ['the body', 5],
    ['patient_id', anAppointment({ patient_id: 5 })],
    ['services[1].start_timestamp', anAppointment({ services: [{}, { start_timestamp: 5 }] })],
    ['attending_doctor.name.given[0]', anAppointment({ attending_doctor: { name: { given: [5] } } })],
    ['a/b~1', anAppointment({ 'a/b~1': 5 })],
  ])('calls the field %s in its message', (name, body) => {
    const messages = violationsOf(body).map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(`^${name.replaceAll(/[[\]]/g, '\\$&')} (must be|is not)`));
  });
});

describe('a hostile body', () => {
  const valid = JSON.stringify(anAppointment());

  it.each([
    ['{"__proto__": {"polluted": true}}', '/__proto__'],
    ['{"__proto__": 1}', '/__proto__'],
    ['{"__proto__": {"patient_id": "p"}}', '/__proto__'],
    ['{"constructor": {"prototype": {"polluted": true}}}', '/constructor'],
    ['{"prototype": {"polluted": true}}', '/prototype'],
    ['{"services": [{"__proto__": {"polluted": true}}]}', '/services/0/__proto__'],
    ['{"attending_doctor": {"__proto__": {"polluted": true}}}', '/attending_doctor/__proto__'],
    ['{"attending_doctor": {"name": {"constructor": {"prototype": {}}}}}', '/attending_doctor/name/constructor'],
  ])('cannot change a prototype: %s', (json, path) => {
    const members = Object.getOwnPropertyNames(Object.prototype);
    const violations = violationsOf({ ...JSON.parse(valid), ...JSON.parse(json) });
    expect(violationsOf(JSON.parse(json))).toContainEqual(
      expect.objectContaining({ path, rule: 'additionalProperties' }),
    );
    expect(violations).toContainEqual(expect.objectContaining({ path }));
    expect('polluted' in {}).toBe(false);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(members);
  });

  it('cannot inherit required fields through __proto__', () => {
    const violations = violationsOf(JSON.parse(`{"__proto__": ${valid}}`));
    expect(violations.map(({ path }) => path)).toEqual(
      expect.arrayContaining(Object.keys(anAppointment()).map((name) => `/${name}`)),
    );
  });

  const nested = {
    arrays: '['.repeat(20_000) + ']'.repeat(20_000),
    objects: `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  };
  it.each(
    Object.entries(nested).flatMap(([what, json]) => [
      { what, where: 'the body', body: json, path: what === 'arrays' ? '' : '/a' },
      { what, where: 'notes', body: `{"notes":${json}}`, path: '/notes' },
      {
        what,
        where: 'services',
        body: `{"services":[${json}]}`,
        path: what === 'arrays' ? '/services/0' : '/services/0/a',
      },
      { what, where: 'an unknown field', body: `{"b":${json}}`, path: '/b' },
      { what, where: 'a server-owned field', body: `{"id":${json}}`, path: '/patient_id' },
    ]),
  )('is rejected if it nests 20,000 $what in $where', ({ body, path }) => {
    expect(violationsOf(JSON.parse(body))).toContainEqual(expect.objectContaining({ path }));
  });

  it.each([
    ['services', (many: unknown[]) => ({ services: many })],
    ['telecoms', (telecoms: unknown[]) => ({ attending_doctor: { telecoms } })],
    ['given names', (given: unknown[]) => ({ attending_doctor: { name: { given } } })],
  ])('with 131,000 wrong %s gets fewer than 110 violations: only the first 101 elements are validated', (_, body) => {
    const violations = violationsOf(body(Array.from({ length: 131_000 }, () => 0)));
    expect(violations.filter(({ rule }) => rule === 'maxItems')).toHaveLength(1);
    expect(violations.length).toBeLessThan(110);
  });
});

function comparable(parsed: ParseOutcome): unknown {
  if (parsed.outcome === 'valid') return parsed.appointment;
  return parsed.violations.map((violation) => JSON.stringify(violation)).toSorted();
}

function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function memberOf(value: unknown, name: string): unknown {
  return Object.getOwnPropertyDescriptor(Object(value), name)?.value;
}
