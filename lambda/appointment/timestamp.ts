const timestamp =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether the text is a timestamp of the contract's grammar: years 0001-9999, a day that exists, no leap second. */
export function isTimestamp(text: string): boolean {
  const day = timestamp.exec(text)?.[1];
  return day !== undefined && isDate(day);
}

const date = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** Whether the text is a day that exists, as `YYYY-MM-DD`, years 0001-9999. */
export function isDate(text: string): boolean {
  if (!date.test(text)) return false;
  const day = Number(text.slice(8));
  // V8 reads 30 February as 2 March: only a day that exists comes back as it went in. Every month has 28.
  return day <= 28 || new Date(text).getUTCDate() === day;
}

/**
 * The timestamp in the form of `updated_at`: UTC, milliseconds, the first one that is not before it. Undefined where the
 * text is no timestamp. What UTC puts outside of the years 0001-9999 becomes their first or last millisecond.
 */
export function utcMilliseconds(text: string): string | undefined {
  if (!isTimestamp(text)) return undefined;
  const beyond = /\.\d{3}\d*[1-9]/.test(text) ? 1 : 0;
  const time = Math.min(Math.max(Date.parse(text) + beyond, earliest), latest);
  return new Date(time).toISOString();
}

const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');
