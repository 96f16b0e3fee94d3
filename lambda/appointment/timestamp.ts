const timestamp =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether the text is a timestamp of the contract's grammar: years 0001-9999, a day that exists, no leap second. */
export function isTimestamp(text: string): boolean {
  const day = timestamp.exec(text)?.[1];
  return day !== undefined && isDate(day);
}

/** Whether the text is a day that exists, as `YYYY-MM-DD`, years 0001-9999. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false;
  const midnight = Date.parse(text);
  // V8 reads 30 February as 2 March: only a day that exists comes back as it went in.
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
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
