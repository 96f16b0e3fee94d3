/** Every attempt was refused for going too fast: nothing was written. */
export class Throttled extends Error {
  override name = 'Throttled';
}

/** No definite answer came in time: whether anything was written is not known. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}
