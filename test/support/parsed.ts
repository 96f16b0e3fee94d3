import type { MutableAppointment } from '../../lambda/appointment/appointment.ts';
import { parseAppointment } from '../../lambda/appointment/parse-appointment.ts';
import type { Violation } from '../../lambda/appointment/violation.ts';

/** The violations of a body; none if it is valid. */
export function violationsOf(body: unknown): readonly Violation[] {
  const parsed = parseAppointment(body);
  return parsed.outcome === 'invalid' ? parsed.violations : [];
}

/** The normalized appointment of a body; undefined if it is invalid. */
export function appointmentOf(body: unknown): MutableAppointment | undefined {
  const parsed = parseAppointment(body);
  return parsed.outcome === 'valid' ? parsed.appointment : undefined;
}
