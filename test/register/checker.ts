import { highestSeen } from '../support/highest-seen.ts';

/**
 * One operation on the version of an appointment, as its client saw it. Its times are places in the one order in which
 * operations began and ended.
 */
export type Operation = {
  readonly appointment: string;
  readonly began: number;
  readonly ended: number;
  readonly status: number;
  /** The version that a write was to make; a read has none. */
  readonly asked?: number;
  /** The version that was answered: made, read, or a conflict's `latest_version`. */
  readonly version: number;
  /** What a 200 says that the version holds. */
  readonly notes?: string;
};

export type Rule =
  | 'answered'
  | 'won once'
  | 'not stale'
  | 'not from the future'
  | 'not its own predecessor'
  | 'as written';

export type Violation = { readonly rule: Rule; readonly operation: Operation; readonly detail: string };

/**
 * Whether the versions are linearizable: whether one order of all operations, in which none is before another that
 * ended before it began, explains every answer. As versions only rise, that is so exactly where each version is won
 * once, and nothing sees less than was seen before it began, or more than was begun before it ended.
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
    const broken = (rule: Rule, detail: string): Violation => ({ rule, operation, detail });
    if (!isDefinite(operation)) return [broken('answered', `status ${operation.status}`)];

    const violations: Violation[] = [];
    const winners = wins.get(version) ?? [];
    const before = seen(began);
    if (isWin(operation)) {
      if (version !== asked) violations.push(broken('as written', `asked for ${asked}, answered ${version}`));
      if (winners.length > 1) violations.push(broken('won once', `version ${version} has ${winners.length} winners`));
      if (version <= before) violations.push(broken('not stale', `won ${version}, though ${before} was seen before`));
    } else if (version < before) {
      violations.push(broken('not stale', `${version}, though ${before} was seen before`));
    }
    if (!((possibleFrom[version] ?? Number.POSITIVE_INFINITY) < ended)) {
      violations.push(broken('not from the future', `${version}, which nobody had begun to write`));
    }
    if (operation.status === 409 && asked !== undefined && version === asked - 1) {
      violations.push(broken('not its own predecessor', `${version} is what ${asked} comes after`));
    }
    if (notes !== undefined && winners.length > 0 && winners.every((winner) => winner.notes !== notes)) {
      violations.push(broken('as written', `version ${version} holds what its winner did not write`));
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

/** By version: when it could exist at the earliest, which is when it and every one before it had begun to be written. */
function firstPossible(wins: ReadonlyMap<number, readonly Operation[]>): number[] {
  const from = [0];
  for (let version = 1; wins.has(version); version += 1) {
    const begun = Math.min(...(wins.get(version) ?? []).map(({ began }) => began));
    from.push(Math.max(begun, from[version - 1] ?? 0));
  }
  return from;
}
