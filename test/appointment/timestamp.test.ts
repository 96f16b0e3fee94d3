import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDate, isTimestamp } from '../../lambda/appointment/timestamp.ts';

const days: { day: string; why: string; exists: boolean }[] = [
  { day: '0001-01-01', why: 'the first day', exists: true },
  { day: '0000-12-31', why: 'the day before the first', exists: false },
  { day: '0000-02-29', why: 'a leap day in the year 0', exists: false },
  { day: '0099-12-31', why: 'a year that the Date constructor would read as 1999', exists: true },
  { day: '9999-12-31', why: 'the last day', exists: true },
  { day: '10000-01-01', why: 'a year of five digits', exists: false },
  { day: '+010000-01-01', why: "JavaScript's extended year", exists: false },
  { day: '-000001-01-01', why: "JavaScript's negative year", exists: false },
  { day: '999-01-01', why: 'a year of three digits', exists: false },
  { day: '2026-01-31', why: 'the last day of January', exists: true },
  { day: '2026-01-32', why: 'January 32', exists: false },
  { day: '2026-02-28', why: 'the last day of February', exists: true },
  { day: '2026-02-29', why: 'February 29 in a common year', exists: false },
  { day: '2024-02-29', why: 'February 29 in a leap year', exists: true },
  { day: '2024-02-30', why: 'February 30', exists: false },
  { day: '2000-02-29', why: 'February 29 in a century year divisible by 400', exists: true },
  { day: '1900-02-29', why: 'February 29 in another century year', exists: false },
  { day: '2026-04-30', why: 'the last day of April', exists: true },
  { day: '2026-04-31', why: 'April 31', exists: false },
  { day: '2026-06-31', why: 'June 31', exists: false },
  { day: '2026-09-31', why: 'September 31', exists: false },
  { day: '2026-11-31', why: 'November 31', exists: false },
  { day: '2026-12-31', why: 'the last day of December', exists: true },
  { day: '2026-01-00', why: 'day 0', exists: false },
  { day: '2026-00-01', why: 'month 0', exists: false },
  { day: '2026-12-01', why: 'month 12', exists: true },
  { day: '2026-13-01', why: 'month 13', exists: false },
  { day: '2026-3-02', why: 'a month of one digit', exists: false },
  { day: '2026-03-2', why: 'a day of one digit', exists: false },
  { day: '20260302', why: 'no hyphens', exists: false },
  { day: '2026/03/02', why: 'slashes', exists: false },
  { day: '2026-W10-1', why: 'a week date', exists: false },
  { day: '2026-061', why: 'an ordinal date', exists: false },
  { day: '2026-03', why: 'only a month', exists: false },
  { day: '', why: 'an empty string', exists: false },
  { day: ' 2026-03-02', why: 'a leading space', exists: false },
  { day: '2026-03-02 ', why: 'a trailing space', exists: false },
  { day: '2026-03-02\n', why: 'a trailing line feed', exists: false },
  { day: '２０２６-03-02', why: 'full-width digits', exists: false },
  { day: '٢٠٢٦-03-02', why: 'Arabic digits', exists: false },
];

describe('isDate', () => {
  it.each(days)('returns $exists for $why: "$day"', ({ day, exists }) => {
    expect(isDate(day)).toBe(exists);
  });

  it('returns false for a timestamp', () => {
    expect(isDate('2026-03-02T09:00:00Z')).toBe(false);
  });
});

describe('isTimestamp, by its day', () => {
  it.each(days)('returns $exists for $why: "$day"', ({ day, exists }) => {
    expect(isTimestamp(`${day}T09:00:00Z`)).toBe(exists);
  });

  it('checks the day as written, even if the offset moves the moment to another day', () => {
    expect(isTimestamp('0001-01-01T00:00:00+23:59')).toBe(true);
    expect(isTimestamp('9999-12-31T23:59:59-23:59')).toBe(true);
    expect(isTimestamp('2026-02-29T00:00:00+14:00')).toBe(false);
  });
});

describe('isTimestamp, by its time', () => {
  it.each([
    ['T00:00:00Z', true, 'midnight'],
    ['T23:59:59Z', true, 'the last second'],
    ['T23:59:60Z', false, 'a leap second'],
    ['T23:59:61Z', false, 'second 61'],
    ['T23:60:00Z', false, 'minute 60'],
    ['T24:00:00Z', false, 'hour 24, which ISO 8601 reads as midnight'],
    ['T9:00:00Z', false, 'an hour of one digit'],
    ['T09:00Z', false, 'no seconds'],
    ['T09Z', false, 'no minutes'],
    ['T090000Z', false, 'no colons'],
    ['Z', false, 'no time'],
    ['T09:00:00', false, 'no offset'],
    ['t09:00:00Z', false, 'a lowercase t'],
    ['T09:00:00z', false, 'a lowercase z'],
    [' 09:00:00Z', false, 'a space instead of the T'],
    ['T09:00:00 Z', false, 'a space before the Z'],
    ['T09:00:00Z ', false, 'a trailing space'],
    ['T09:00:00Z\n', false, 'a trailing line feed'],
    ['T09:00:00.1Z', true, 'a fraction of 1 digit'],
    ['T09:00:00.123Z', true, 'a fraction of 3 digits'],
    ['T09:00:00.123456789Z', true, 'a fraction of 9 digits'],
    ['T09:00:00.1234567890Z', false, 'a fraction of 10 digits'],
    ['T09:00:00.Z', false, 'a fraction without digits'],
    ['T09:00:00,5Z', false, 'a comma before the fraction'],
    ['T09:00.5Z', false, 'a fraction of a minute'],
    ['T09:00:00.5+01:00', true, 'a fraction and an offset'],
    ['T09:00:00+00:00', true, 'an offset of zero'],
    ['T09:00:00-00:00', true, 'an offset of minus zero'],
    ['T09:00:00+23:59', true, 'the largest offset'],
    ['T09:00:00-23:59', true, 'the smallest offset'],
    ['T09:00:00+24:00', false, 'an offset of 24 hours'],
    ['T09:00:00-24:00', false, 'an offset of minus 24 hours'],
    ['T09:00:00+01:60', false, 'an offset of 60 minutes'],
    ['T09:00:00+0100', false, 'an offset without a colon'],
    ['T09:00:00+01', false, 'an offset without minutes'],
    ['T09:00:00+1:00', false, 'an offset with a one-digit hour'],
    ['T09:00:00 01:00', false, 'a space instead of the plus'],
    ['T09:00:00\u221201:00', false, 'a minus sign that is not a hyphen'],
    ['T09:00:00+01:00:00', false, 'an offset with seconds'],
    ['T09:00:00Z+01:00', false, 'two offsets'],
    ['T09:00:00[Europe/Berlin]', false, 'a time zone name'],
  ])('for %j returns %s: %s', (time, valid) => {
    expect(isTimestamp(`2026-03-02${time}`)).toBe(valid);
  });
});

describe('isDate and isTimestamp', () => {
  // Picks values at and beyond each limit more often than random values would.
  const near = (min: number, max: number) =>
    fc.oneof(fc.constantFrom(min, max, max + 1), fc.integer({ min: 0, max: max + 3 }));
  const parts = fc.record({
    year: near(1, 9999),
    month: near(1, 12),
    day: fc.oneof(fc.constantFrom(28, 29, 30, 31), fc.integer({ min: 0, max: 33 })),
    hour: near(0, 23),
    minute: near(0, 59),
    second: near(0, 59),
    fraction: fc.stringMatching(/^([0-9]{1,11})?$/),
    offset: fc.option(fc.record({ sign: fc.constantFrom('+', '-'), hours: near(0, 23), minutes: near(0, 59) })),
  });
  const digits = (value: number, width = 2) => String(value).padStart(width, '0');

  function daysIn(month: number, year: number): number {
    if (month !== 2) return [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
    return year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0) ? 29 : 28;
  }

  it('accept exactly the combinations of parts that are within their limits and form a day that exists', () => {
    fc.assert(
      fc.property(parts, ({ year, month, day, hour, minute, second, fraction, offset }) => {
        const date = `${digits(year, 4)}-${digits(month)}-${digits(day)}`;
        const zone = offset ? `${offset.sign}${digits(offset.hours)}:${digits(offset.minutes)}` : 'Z';
        const time = `T${digits(hour)}:${digits(minute)}:${digits(second)}${fraction && `.${fraction}`}${zone}`;
        const dayExists = year >= 1 && year <= 9999 && day >= 1 && day <= daysIn(month, year);
        const timeExists = hour <= 23 && minute <= 59 && second <= 59 && fraction.length <= 9;
        const offsetExists = !offset || (offset.hours <= 23 && offset.minutes <= 59);
        expect([date, isDate(date)]).toEqual([date, dayExists]);
        expect([date + time, isTimestamp(date + time)]).toEqual([date + time, dayExists && timeExists && offsetExists]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('accept every moment of a JavaScript Date in the years 0001 to 9999', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(isTimestamp(date.toISOString())).toBe(true);
          expect(isDate(date.toISOString().slice(0, 10))).toBe(true);
        },
      ),
    );
  });

  it('reject any text that does not start like a date', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0123456789-:.TZtz+ ') })),
        (text) => {
          fc.pre(!/^\d{4}-\d\d-\d\d/.test(text));
          expect([isTimestamp(text), isDate(text)]).toEqual([false, false]);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
