import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anAppointment } from '../support/an-appointment.ts';
import { nearlyValidBody, validBody } from '../support/arbitrary-body.ts';
import { documentedBody, documentedSchemas, isDocumented, nearlyDocumentedBody } from '../support/documented-body.ts';
import { violationsOf } from '../support/parsed.ts';

// RUNS=100000 npm test -- test/appointment/documented-body.test.ts is the long campaign.
const numRuns = Number(process.env.RUNS ?? 2_000);

/** Half of a surrogate pair, as JSON has it: the document forbids it in words only. */
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

  it('has a pattern beside each format, and only patterns that every tool supports', () => {
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

  it('accepts a null wherever a field is not required, and nowhere else', () => {
    expect(isDocumented(anAppointment({ notes: null, satus: null, services: [{ start_timestamp: null }] }))).toBe(true);
    expect(isDocumented(anAppointment({ patient_id: null }))).toBe(false);
    expect(isDocumented(anAppointment({ services: [null] }))).toBe(false);
  });
});
