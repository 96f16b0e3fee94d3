// The patterns are in openapi.json too, so they use only syntax that every regular expression dialect supports.
const year = '(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])';
const quadrennial = '(?:0[48]|[2468][048]|[13579][26])';
const leapYear = `(?:[0-9]{2}${quadrennial}|${quadrennial}00)`;
const longMonth = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])';
const shortMonth = '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)';
const day = `(?:${year}-(?:${longMonth}|${shortMonth}|02-(?:0[1-9]|1[0-9]|2[0-8]))|${leapYear}-02-29)`;
const minute = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';

/** The contract's grammar for each JSON Schema format: years 0001-9999, a day that exists, no leap second. */
export const formatPatterns = {
  date: `^${day}$`,
  'date-time': `^${day}T${minute}:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-]${minute})$`,
} as const;

const date = new RegExp(formatPatterns.date);
const timestamp = new RegExp(formatPatterns['date-time']);

/** Whether the text is a day that exists, in the form `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  return date.test(text);
}

/** Whether the text is a timestamp in the contract's grammar. */
export function isTimestamp(text: string): boolean {
  return timestamp.test(text);
}

/**
 * Converts a timestamp to the form of `updated_at`: UTC, rounded up to the next millisecond. Returns undefined if the text is
 * not a timestamp. A time that is outside of the years 0001-9999 in UTC becomes the first or the last millisecond of them.
 */
export function utcMilliseconds(text: string): string | undefined {
  if (!isTimestamp(text)) return undefined;
  const roundUp = /\.\d{3}\d*[1-9]/.test(text) ? 1 : 0;
  const time = Math.min(Math.max(Date.parse(text) + roundUp, earliest), latest);
  return new Date(time).toISOString();
}

const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');
