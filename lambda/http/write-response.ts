import type { WriteOutcome } from '../appointment/write-outcome.ts';
import { errorResponse, type HttpResponse, notFound, ok } from './http-response.ts';

/** Turns the outcome of a write into its response. */
export function writeResponse(written: WriteOutcome): HttpResponse {
  switch (written.outcome) {
    case 'written':
      return ok(written.appointment);
    case 'absent':
      return notFound();
    case 'conflict': {
      const { latestVersion } = written;
      return errorResponse('VersionConflictError', {
        message: `Version conflict: the latest version is ${latestVersion}. Read it again, then update with version ${latestVersion + 1} or deactivate with version ${latestVersion}.`,
        latest_version: latestVersion,
      });
    }
    case 'placer_id_taken':
      return errorResponse('VersionConflictError', {
        message: 'An appointment with this placer_appointment_id already exists: see data.id.',
        latest_version: written.latestVersion,
        data: { id: written.id },
      });
    case 'key_reused':
      return errorResponse('IdempotencyKeyReuseError', {
        message:
          'This Idempotency-Key was already used with a different body or cancellation_reason. Send a new request with a new key.',
      });
  }
}
