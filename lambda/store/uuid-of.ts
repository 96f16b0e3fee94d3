import { hash } from 'node:crypto';

// Of this service; any constant will do, as long as it stays.
const namespace = '6ba7b812-9dad-41d1-80b4-00c04fd430c8';

/** UUID v5 (RFC 9562) of a list of texts. As JSON, no two lists are the same name. */
export function uuidOf(parts: readonly (string | number | null)[]): string {
  const digest = hash(
    'sha1',
    Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(JSON.stringify(parts))]),
    'buffer',
  );
  digest[6] = (digest.readUInt8(6) & 0x0f) | 0x50;
  digest[8] = (digest.readUInt8(8) & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
