/** The contract's error table: one row per `errorName`. The meaning is a response's default message, and its description in openapi.json. */
export const errorTable = {
  BadRequestError: { status: 400, meaning: 'The path, a query parameter, a header, or the body is malformed.' },
  UnauthorizedError: { status: 401, meaning: 'The client_id or the client_secret is wrong.' },
  ForbiddenError: { status: 403, meaning: 'The token is valid, but it does not name an organization and a user.' },
  NotFoundError: { status: 404, meaning: 'Your organization has no appointment with this id.' },
  VersionConflictError: {
    status: 409,
    meaning:
      'The path does not carry the right version, or the placer id is already used. Continue from `latest_version`.',
  },
  PayloadTooLargeError: { status: 413, meaning: 'The request body or the response is too large.' },
  UnsupportedMediaTypeError: {
    status: 415,
    meaning: 'The headers do not declare the body as uncompressed JSON in UTF-8.',
  },
  InvalidContentTypeError: {
    status: 415,
    meaning: 'The headers do not declare the body as uncompressed JSON or an uncompressed form in UTF-8.',
  },
  UnprocessableEntityError: {
    status: 422,
    meaning: 'The body violates the schema or a rule. `data` lists every violation, at most the first 100.',
  },
  IdempotencyKeyReuseError: {
    status: 422,
    meaning: 'The Idempotency-Key was already used with a different body or cancellation_reason.',
  },
  TooManyRequestsError: { status: 429, meaning: 'Too many requests. Nothing was written. Retry later.' },
  InternalError: { status: 500, meaning: 'The service failed.' },
  ServiceUnavailableError: {
    status: 503,
    meaning:
      'Timed out: if the request was a write, it may or may not have happened. Retry with the same Idempotency-Key. If a create with a placer id succeeded, its retry gets 409 with the id of the appointment in `data.id`.',
  },
} as const satisfies Record<string, { readonly status: number; readonly meaning: string }>;

export type ErrorName = keyof typeof errorTable;
