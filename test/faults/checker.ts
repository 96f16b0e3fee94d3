import { isDeepStrictEqual } from 'node:util';
import { highestSeen } from '../support/acknowledged.ts';
import type { Operation, Read, Tables, Version, Write } from './operations.ts';

export type Defect =
  | 'lost'
  | 'doubled'
  | 'false conflict'
  | 'wrong 200'
  | 'written 429'
  | 'wrong status'
  | 'wrong latest_version'
  | 'stale read'
  | 'broken history';

/** An answer that is not true, or a table that no true answers explain. `notes`: the write's name, else the version's. */
export type Wrong = { readonly defect: Defect; readonly notes: string; readonly detail: string };

/** Compares every answer with the tables. After a 503 either state is true. */
export function check(operations: readonly Operation[], { current, history }: Tables): Wrong[] {
  const made = Map.groupBy(history, ({ notes }) => notes);
  const versions = new Map(history.map((version) => [nameOf(version), version]));
  const latest = new Map(current.map((version) => [version.id, version]));
  const seen = sightings(operations);

  return [
    ...operations.flatMap((operation) => (operation.kind === 'write' ? wrongWrite(operation) : wrongRead(operation))),
    ...history.flatMap(brokenHistory),
    ...current.filter((version) => !isDeepStrictEqual(version, versions.get(nameOf(version)))).map(notInHistory),
    ...[...made.values()].flatMap(doubled),
  ];

  function wrongWrite(write: Write): Wrong[] {
    const wrong = (defect: Defect, detail: string): Wrong[] => [{ defect, notes: write.notes, detail }];
    const versionMade = made.get(write.notes)?.[0];
    if (!write.allowed.includes(write.status)) return wrong('wrong status', `${write.status}, not ${write.allowed}`);
    switch (write.status) {
      case 200: {
        const { answered } = write;
        if (answered?.notes !== write.notes || answered.version !== write.asked) {
          return wrong('wrong 200', `answered version ${answered?.version} of ${answered?.notes}`);
        }
        if (!versionMade) return wrong('lost', `version ${write.asked} was acknowledged and is not there`);
        return isDeepStrictEqual(answered, versionMade) ? [] : wrong('wrong 200', 'the answer is not what was stored');
      }
      case 409:
        if (versionMade) return wrong('false conflict', `it made version ${versionMade.version}`);
        return isTrueConflict(write) ? [] : wrong('wrong latest_version', `${write.latestVersion} for ${write.asked}`);
      case 429:
        return versionMade ? wrong('written 429', `it made version ${versionMade.version}`) : [];
      default:
        return [];
    }
  }

  function isTrueConflict({ id = '', asked, latestVersion = 0, began }: Write): boolean {
    const atMost = latest.get(id)?.version ?? 0;
    return latestVersion !== asked - 1 && latestVersion >= (seen.get(id)?.(began) ?? 1) && latestVersion <= atMost;
  }

  function wrongRead({ id, began, status, answered }: Read): Wrong[] {
    const acknowledged = seen.get(id)?.(began) ?? 1;
    const notes = answered?.notes ?? id;
    if (status !== 200 || !answered) return [{ defect: 'wrong status', notes, detail: `${status} to a read` }];
    if (answered.version < acknowledged) {
      return [{ defect: 'stale read', notes, detail: `version ${answered.version} after ${acknowledged}` }];
    }
    const stored = versions.get(nameOf(answered));
    return isDeepStrictEqual(answered, stored)
      ? []
      : [{ defect: 'lost', notes, detail: 'read, and not in the history' }];
  }

  function brokenHistory(version: Version): Wrong[] {
    const previous = versions.get(nameOf({ ...version, version: version.version - 1 }));
    const next = versions.get(nameOf({ ...version, version: version.version + 1 }));
    if (version.version > 1 && !previous) return [broken(version, 'the version before it is missing')];
    if (!next && latest.get(version.id)?.version !== version.version) return [broken(version, 'the last, not current')];
    return [];
  }
}

function nameOf({ id, version }: Pick<Version, 'id' | 'version'>): string {
  return `${id}/${version}`;
}

function broken({ notes, id, version }: Version, why: string): Wrong {
  return { defect: 'broken history', notes, detail: `${id} version ${version}: ${why}` };
}

function notInHistory(version: Version): Wrong {
  return broken(version, 'current, and the history has another');
}

function doubled([first, ...others]: readonly Version[]): Wrong[] {
  if (!first || others.length === 0) return [];
  const detail = `it made versions ${[first, ...others].map(nameOf).join(' and ')}`;
  return [{ defect: 'doubled', notes: first.notes, detail }];
}

/** Which version clients had seen of each appointment, and when: what was acknowledged to them, in whatever answer. */
function sightings(operations: readonly Operation[]): Map<string, (before: number) => number> {
  const all = operations.flatMap((operation) => {
    const version =
      operation.kind === 'write'
        ? (operation.answered?.version ?? operation.latestVersion)
        : operation.answered?.version;
    return version === undefined || operation.id === undefined
      ? []
      : [{ id: operation.id, ended: operation.ended, version }];
  });
  const byId = Map.groupBy(all, ({ id }) => id);
  return new Map([...byId].map(([id, ofOne]) => [id, highestSeen(ofOne)]));
}
