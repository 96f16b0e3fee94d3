import { highestSeen } from '../support/highest-seen.ts';

/**
 * One operation on the version of an appointment, as its client saw it. `began` and `ended` are positions in one sequence
 * of all starts and ends of operations.
 */
export type Operation = {
  readonly appointment: string;
  readonly began: number;
  readonly ended: number;
  readonly status: number;
  /** The version that a write sent. Not set for a read. */
  readonly asked?: number;
  /** The version in the response: written, read, or the `latest_version` of a conflict. */
  readonly version: number;
  /** The content of that version in a 200. */
  readonly notes?: string;
};

export type Rule =
  | 'definite'
  | 'won once'
  | 'not stale'
  | 'not from the future'
  | 'not its own predecessor'
  | 'as written';

export type Violation = { readonly rule: Rule; readonly operation: Operation; readonly detail: string };

/**
 * Checks that the versions are linearizable: one sequence of all operations explains every response, and keeps the order of
 * operations that do not overlap. Versions only grow, so this holds exactly if each version is won once, and no operation
 * sees a version below one that was seen before it began, or above those that were being written before it ended.
 */
export function check(operations: readonly Operation[]): Violation[] {
  const byAppointment = Map.groupBy(operations, ({ appointment }) => appointment);
  return [...byAppointment.values()].flatMap(checkOne);
}

function checkOne(operations: readonly Operation[]): Violation[] {
  const seen = highestSeen(operations.filter(isDefinite));
  const wins = Map.groupBy(operations.filter(isWin), ({ version }) => version);
  const possibleFrom = firstPossible(wins);
  return operations.flatMap(violationsOf);

  function violationsOf(operation: Operation): Violation[] {
    const { began, ended, asked, version, notes } = operation;
    const violation = (rule: Rule, detail: string): Violation => ({ rule, operation, detail });
    if (!isDefinite(operation)) return [violation('definite', `status ${operation.status}`)];

    const violations: Violation[] = [];
    const winners = wins.get(version) ?? [];
    const before = seen(began);
    if (isWin(operation)) {
      if (version !== asked)
        violations.push(violation('as written', `sent version ${asked}, but the response has version ${version}`));
      if (winners.length > 1)
        violations.push(violation('won once', `version ${version} has ${winners.length} winners`));
      if (version <= before) violations.push(violation('not stale', `won ${version} after ${before} was seen`));
    } else if (version < before) {
      violations.push(violation('not stale', `saw ${version} after ${before} was seen`));
    }
    if (!((possibleFrom[version] ?? Number.POSITIVE_INFINITY) < ended)) {
      violations.push(violation('not from the future', `saw ${version} before a write of it began`));
    }
    if (operation.status === 409 && asked !== undefined && version === asked - 1) {
      violations.push(violation('not its own predecessor', `${asked} follows ${version}, so it is no conflict`));
    }
    if (notes !== undefined && winners.length > 0 && winners.every((winner) => winner.notes !== notes)) {
      violations.push(violation('as written', `version ${version} has content that its winner did not write`));
    }
    return violations;
  }
}

function isDefinite({ status, asked }: Operation): boolean {
  return status === 200 || (status === 409 && asked !== undefined);
}

function isWin({ status, asked }: Operation): boolean {
  return status === 200 && asked !== undefined;
}

/** For each version, the earliest time at which it can exist: when the writes of it and of all versions below have begun. */
function firstPossible(wins: ReadonlyMap<number, readonly Operation[]>): number[] {
  const from = [0];
  for (let version = 1; wins.has(version); version += 1) {
    const begun = Math.min(...(wins.get(version) ?? []).map(({ began }) => began));
    from.push(Math.max(begun, from[version - 1] ?? 0));
  }
  return from;
}
