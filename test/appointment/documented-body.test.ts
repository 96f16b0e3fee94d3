import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anAppointment } from '../support/an-appointment.ts';
import { nearlyValidBody, validBody } from '../support/arbitrary-body.ts';
import { documentedBody, documentedSchemas, isDocumented, nearlyDocumentedBody } from '../support/documented-body.ts';
import { violationsOf } from '../support/parsed.ts';

// For the long campaign: RUNS=100000 npm test -- test/appointment/documented-body.test.ts
const numRuns = Number(process.env.RUNS ?? 2_000);

/** A lone surrogate in JSON. The document forbids it only in a description, so a validator accepts it. */
const loneSurrogate = /\\ud[89a-f]/;

describe('the schema of a request in openapi.json', () => {
  it.each(Object.entries({ validBody, nearlyValidBody, documentedBody, nearlyDocumentedBody }))(
    'accepts exactly what the service accepts: %s',
    (_, bodies) => {
      fc.assert(
        fc.property(bodies, (body) => {
          const violations = violationsOf(body);
          const accepted = violations.length === 0;
          if (!accepted && loneSurrogate.test(JSON.stringify(body))) return;
          expect({ documented: isDocumented(body), violations }).toEqual({ documented: accepted, violations });
        }),
        { numRuns },
      );
    },
    600_000,
  );

  it('has a pattern for each format, and only patterns that every tool supports', () => {
    const found: { pattern?: string; format?: string }[] = [];
    JSON.stringify(documentedSchemas, (_, value) => {
      if (typeof value?.format === 'string' || typeof value?.pattern === 'string') found.push(value);
      return value;
    });
    expect(found.length).toBeGreaterThan(10);
    for (const { pattern, format } of found) {
      expect({ format, pattern }).toEqual({
        format,
        pattern: expect.not.stringMatching(/\\[dDwWsSpPbBkuxc]|\(\?[^:]/),
      });
    }
  });

  it('accepts null for an optional or unknown field, but not for a required field or an array element', () => {
    expect(isDocumented(anAppointment({ notes: null, satus: null, services: [{ start_timestamp: null }] }))).toBe(true);
    expect(isDocumented(anAppointment({ patient_id: null }))).toBe(false);
    expect(isDocumented(anAppointment({ services: [null] }))).toBe(false);
  });
});
