import { describe, expect, it } from '@jest/globals';
import { check, type Operation, type Rule } from './checker.ts';

const appointment = 'a';

function win(version: number, began: number, ended: number, notes = `v${version}`): Operation {
  return { appointment, asked: version, version, status: 200, notes, began, ended };
}

function conflict(asked: number, version: number, began: number, ended: number): Operation {
  return { appointment, asked, version, status: 409, began, ended };
}

function read(version: number, began: number, ended: number, notes = `v${version}`): Operation {
  return { appointment, version, status: 200, notes, began, ended };
}

function rules(...operations: Operation[]): Rule[] {
  return check(operations).map(({ rule }) => rule);
}

const created = win(1, 1, 2);

describe('the register checker', () => {
  it('accepts operations that one sequence explains', () => {
    const overlapping = [win(2, 3, 10), conflict(2, 2, 4, 9), read(1, 4.5, 5), read(2, 6, 7)];
    const after = [conflict(2, 2, 11, 12), conflict(9, 2, 13, 14), win(3, 15, 16), read(3, 17, 18)];
    expect(rules(created, ...overlapping, ...after)).toEqual([]);
  });

  it('finds a version with two winners', () => {
    expect(rules(created, win(2, 3, 6), win(2, 4, 5, 'other'))).toEqual(['won once', 'won once']);
  });

  it('finds a read that returns a version below one that was acknowledged before', () => {
    expect(rules(created, win(2, 3, 4), read(1, 5, 6))).toEqual(['not stale']);
  });

  it('finds a read that returns a version below one that was read before', () => {
    expect(rules(created, win(2, 3, 10), read(2, 4, 5), read(1, 6, 7))).toEqual(['not stale']);
  });

  it('finds a latest_version below one that was acknowledged before the request', () => {
    expect(rules(created, win(2, 3, 4), win(3, 5, 6), conflict(2, 2, 7, 8))).toEqual(['not stale']);
  });

  it('finds a latest_version that cannot exist yet', () => {
    expect(rules(created, conflict(1, 2, 3, 4), win(2, 5, 6))).toContain('not from the future');
    expect(rules(created, conflict(1, 7, 3, 4))).toEqual(['not from the future']);
  });

  it('finds a version that was won before the write of the version below began', () => {
    expect(rules(created, win(3, 3, 4), win(2, 5, 6))).toContain('not from the future');
  });

  it('finds a conflict although the sent version is the next one', () => {
    expect(rules(created, conflict(2, 1, 3, 4))).toEqual(['not its own predecessor']);
  });

  it('finds a version with content that its winner did not write', () => {
    expect(rules(created, read(1, 3, 4, 'other'))).toEqual(['as written']);
  });

  it('finds a response that is neither a success nor a conflict', () => {
    expect(rules(created, { ...read(0, 3, 4), status: 503 })).toEqual(['definite']);
  });
});
