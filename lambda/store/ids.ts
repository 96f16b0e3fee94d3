import { hash } from 'node:crypto';

// Of this service; any constant will do, as long as it stays.
const namespace = Buffer.from('6ba7b8129dad41d180b400c04fd430c8', 'hex');

/** UUID v5 (RFC 9562) of a list of texts. As JSON, no two lists are the same name. */
export function uuidOf(parts: readonly (string | number | null)[]): string {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(JSON.stringify(parts))]));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
