import { describe, expect, it } from '@jest/globals';
import { inSchemaOrder } from '../../lambda/appointment/in-schema-order.ts';
import { mutableAppointmentSchema } from '../../lambda/appointment/schema.ts';
import { aFullAppointment } from '../support/an-appointment.ts';
import { inContractOrder } from '../support/contract-order.ts';

describe('inSchemaOrder', () => {
  it('lists members in the contract’s order, at every depth', () => {
    const appointment = aFullAppointment();
    expect(JSON.stringify(inSchemaOrder(appointment, mutableAppointmentSchema))).toBe(inContractOrder(appointment));
  });

  it('keeps members that only a later version of the service knows, and lists them last, sorted by name', () => {
    const stored = { zip: { b: 1, a: 2 }, area: null, notes: 'n', services: [{ place: 'p', start_timestamp: 't' }] };
    expect(JSON.stringify(inSchemaOrder(stored, mutableAppointmentSchema))).toBe(
      '{"services":[{"start_timestamp":"t","place":"p"}],"notes":"n","area":null,"zip":{"a":2,"b":1}}',
    );
  });
});
