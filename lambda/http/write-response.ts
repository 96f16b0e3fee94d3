import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { errorResponse, type HttpResponse, notFound, ok } from './http-response.ts';

/** The response to a write. */
export function writeResponse(written: WriteOutcome): HttpResponse {
  switch (written.outcome) {
    case 'written':
      return ok(written.appointment);
    case 'absent':
      return notFound();
    case 'conflict': {
      const { latestVersion } = written;
      return errorResponse('VersionConflictError', {
        message: `Version conflict: the latest version is ${latestVersion}. Read it again, then send version ${latestVersion + 1}.`,
        latest_version: latestVersion,
      });
    }
    case 'placer_id_taken':
      return errorResponse('VersionConflictError', {
        message: 'An appointment with this placer_appointment_id already exists.',
        latest_version: written.latestVersion,
        data: { id: written.id },
      });
    case 'key_reused':
      return errorResponse('IdempotencyKeyReuseError', {
        message: 'This Idempotency-Key was used with a different body or cancellation_reason.',
      });
  }
}
