import { Writable } from 'node:stream';

/** Where log lines go that nobody reads. */
export function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
