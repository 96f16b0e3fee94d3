/** Every attempt was throttled, so nothing was written. */
export class ThrottledError extends Error {
  override name = 'ThrottledError';
}

/** No definite result arrived in time: the write may or may not have happened. */
export class OutcomeUnknownError extends Error {
  override name = 'OutcomeUnknownError';
}
