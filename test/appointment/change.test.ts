import { describe, expect, it } from '@jest/globals';
import { changeTypeOf } from '../../lambda/appointment/change.ts';

const active = { deactivated: false };
const deactivated = { deactivated: true };

describe('changeTypeOf', () => {
  it.each([
    ['AppointmentCreated', 'the first version', undefined, active],
    ['AppointmentUpdated', 'an update', active, active],
    ['AppointmentDeactivated', 'a deactivation', active, deactivated],
    ['AppointmentDeactivated', 'a second deactivation', deactivated, deactivated],
    ['AppointmentReactivated', 'an update of a deactivated appointment', deactivated, active],
  ])('returns %s for %s', (type, _, previous, current) => {
    expect(changeTypeOf(previous, current)).toBe(type);
  });
});
