/** The contract's error table: one row per `errorName`. Handlers take the status from it, the OpenAPI document also the meaning. */
export const errorTable = {
  BadRequestError: { status: 400, meaning: 'A part of the request cannot be read.' },
  UnauthorizedError: { status: 401, meaning: 'The client_id or the client_secret is wrong.' },
  ForbiddenError: { status: 403, meaning: 'The token is valid, but it names no organization or no user.' },
  NotFoundError: { status: 404, meaning: "The caller's organization has no such appointment." },
  VersionConflictError: {
    status: 409,
    meaning: 'The version is not the right one, or the placer id is taken. Continue from `latest_version`.',
  },
  PayloadTooLargeError: { status: 413, meaning: 'The request or its response is too large.' },
  UnsupportedMediaTypeError: { status: 415, meaning: 'The body is not declared as JSON in UTF-8.' },
  InvalidContentTypeError: { status: 415, meaning: 'The body is declared neither as JSON nor as a form in UTF-8.' },
  UnprocessableEntityError: {
    status: 422,
    meaning: 'The body breaks the schema or a rule. `data` lists every violation, at most the first 100.',
  },
  IdempotencyKeyReuseError: {
    status: 422,
    meaning: 'The Idempotency-Key was used with a different body or cancellation_reason.',
  },
  TooManyRequestsError: { status: 429, meaning: 'Too many requests. Nothing was written. Retry later.' },
  InternalError: { status: 500, meaning: 'The service failed.' },
  ServiceUnavailableError: {
    status: 503,
    meaning:
      'Timed out. A write may or may not have happened. Retry with the same Idempotency-Key. The retry of a create with a placer id gets a 409 that names the appointment, if it was created.',
  },
} as const satisfies Record<string, { readonly status: number; readonly meaning: string }>;

export type ErrorName = keyof typeof errorTable;
