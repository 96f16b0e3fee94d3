import { describe, expect, it } from '@jest/globals';
import { check, type Defect } from './checker.ts';
import { always, faulty } from './faulty.ts';
import type { Mutation } from './mutations.ts';
import type { Operation, Tables, Version } from './operations.ts';
import { readTables } from './read-tables.ts';
import { work } from './workload.ts';

/** Runs concurrent writers against the real service. Every write meets the defect. */
async function run(kind: string, times = always): Promise<Operation[]> {
  const plan = () => ({ notes: faulty(kind, times), allowed: [200, 409] });
  return work({ updates: 30, appointments: 2, writersOfEach: 3, plan });
}

async function defectsOf(kind: string, times?: number): Promise<Set<Defect>> {
  const operations = await run(kind, times);
  const tables = await readTables(process.env.DYNAMODB_URL ?? '', operations);
  return new Set(check(operations, tables).map(({ defect }) => defect));
}

describe('the checker of the fault suite', () => {
  it('finds nothing wrong with the service as it is', async () => {
    expect(await defectsOf('reset after commit', 1)).toEqual(new Set());
  });

  const found: [Mutation, Defect][] = [
    ['condition removed', 'lost'],
    ['write-id check removed', 'false conflict'],
    ['every write-id accepted', 'lost'],
    ['blind retry', 'doubled'],
    ['stale read', 'stale read'],
    ['stale conflict', 'wrong latest_version'],
    ['acknowledged but unwritten', 'lost'],
  ];
  it.each(found)('finds this planted defect: %s', async (mutation, defect) => {
    expect(await defectsOf(mutation)).toContain(defect);
  });

  const version: Version = { id: 'a', version: 1, notes: 'w', whole: { updated_at: '2026-03-02T09:00:00.000Z' } };
  const write = {
    kind: 'write',
    id: 'a',
    notes: 'w',
    version: 1,
    allowed: [200, 429, 503],
    began: 1,
    ended: 2,
  } as const;
  const written: Tables = { current: [version], history: [version] };
  const nothing: Tables = { current: [], history: [] };

  it('finds a 429 whose write happened', () => {
    expect(check([{ ...write, status: 429 }], written)).toMatchObject([{ defect: 'written 429' }]);
    expect(check([{ ...write, status: 429 }], nothing)).toEqual([]);
  });

  it('accepts either state after a 503', () => {
    expect(check([{ ...write, status: 503 }], written)).toEqual([]);
    expect(check([{ ...write, status: 503 }], nothing)).toEqual([]);
  });

  it('finds a 200 with another write or another version', () => {
    const returned = { ...version, notes: 'of another' };
    expect(check([{ ...write, status: 200, returned }], written)).toMatchObject([{ defect: 'wrong 200' }]);
    expect(check([{ ...write, status: 200, returned: version }], written)).toEqual([]);
    expect(check([{ ...write, version: 2, status: 200, returned: version }], written)).toMatchObject([
      { defect: 'wrong 200' },
    ]);
  });

  it('finds a status that the fault does not explain', () => {
    expect(check([{ ...write, allowed: [200, 409], status: 503 }], nothing)).toMatchObject([
      { defect: 'wrong status' },
    ]);
  });

  it('finds a version that is missing from the history', () => {
    const next = { ...version, version: 2, notes: 'x' };
    const tables = { current: [{ ...next, version: 3, notes: 'y' }], history: [version, { ...next, version: 3 }] };
    expect(check([], tables).map(({ defect }) => defect)).toContain('broken history');
  });
});
