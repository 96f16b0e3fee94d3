/** Every attempt was throttled: nothing was written. */
export class ThrottledError extends Error {
  override name = 'ThrottledError';
}

/** No definite result in time: nobody knows whether anything was written. */
export class OutcomeUnknownError extends Error {
  override name = 'OutcomeUnknownError';
}
