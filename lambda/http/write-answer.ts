import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { type Answer, failure, notFound, ok } from './answer.ts';

/** The answer to a write, by what became of it. */
export function writeAnswer(written: WriteOutcome): Answer {
  switch (written.outcome) {
    case 'written':
      return ok(written.appointment);
    case 'absent':
      return notFound();
    case 'conflict':
      return failure('VersionConflictError', {
        message: written.holder
          ? 'An appointment with this placer_appointment_id exists already.'
          : `The latest version is ${written.latestVersion}: read it, and go on from there.`,
        latest_version: written.latestVersion,
        ...(written.holder && { data: written.holder }),
      });
    case 'key_reused':
      return failure('IdempotencyKeyReuseError', { message: 'This Idempotency-Key was used with another body.' });
  }
}
