import { isDeepStrictEqual } from 'node:util';
import { highestSeen } from '../support/highest-seen.ts';
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

/** A wrong response, or a version in a table that the responses do not explain. `notes` is the name of the write that made it. */
export type Wrong = { readonly defect: Defect; readonly notes: string; readonly detail: string };

/** Compares every response with the tables. After a 503, a write may or may not have happened. */
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
        const { returned } = write;
        if (returned?.notes !== write.notes || returned.version !== write.version) {
          return wrong('wrong 200', `returned version ${returned?.version} of ${returned?.notes}`);
        }
        if (!versionMade) return wrong('lost', `version ${write.version} was returned but does not exist`);
        return isDeepStrictEqual(returned, versionMade)
          ? []
          : wrong('wrong 200', 'the response differs from the stored version');
      }
      case 409:
        if (versionMade) return wrong('false conflict', `it made version ${versionMade.version}`);
        return isTrueConflict(write)
          ? []
          : wrong('wrong latest_version', `${write.latestVersion} for ${write.version}`);
      case 429:
        return versionMade ? wrong('written 429', `it made version ${versionMade.version}`) : [];
      default:
        return [];
    }
  }

  function isTrueConflict({ id = '', version, latestVersion = 0, began }: Write): boolean {
    const atMost = latest.get(id)?.version ?? 0;
    return latestVersion !== version - 1 && latestVersion >= (seen.get(id)?.(began) ?? 1) && latestVersion <= atMost;
  }

  function wrongRead({ id, began, status, returned }: Read): Wrong[] {
    const seenBefore = seen.get(id)?.(began) ?? 1;
    const notes = returned?.notes ?? id;
    if (status !== 200 || !returned) return [{ defect: 'wrong status', notes, detail: `${status} to a read` }];
    if (returned.version < seenBefore) {
      return [{ defect: 'stale read', notes, detail: `version ${returned.version} after ${seenBefore}` }];
    }
    const stored = versions.get(nameOf(returned));
    return isDeepStrictEqual(returned, stored)
      ? []
      : [{ defect: 'lost', notes, detail: 'a read returned it, but the history does not have it' }];
  }

  function brokenHistory(version: Version): Wrong[] {
    const previous = versions.get(nameOf({ ...version, version: version.version - 1 }));
    const next = versions.get(nameOf({ ...version, version: version.version + 1 }));
    if (version.version > 1 && !previous) return [broken(version, 'the version before it is missing')];
    if (!next && latest.get(version.id)?.version !== version.version)
      return [broken(version, 'it is the last in the history, but not the current one')];
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
  return broken(version, 'it is current, but the history has another or none');
}

function doubled([first, ...others]: readonly Version[]): Wrong[] {
  if (!first || others.length === 0) return [];
  const detail = `it made versions ${[first, ...others].map(nameOf).join(' and ')}`;
  return [{ defect: 'doubled', notes: first.notes, detail }];
}

/** For each appointment, the highest version that any response had shown to a client before a time. */
function sightings(operations: readonly Operation[]): Map<string, (before: number) => number> {
  const all = operations.flatMap((operation) => {
    const version =
      operation.kind === 'write'
        ? (operation.returned?.version ?? operation.latestVersion)
        : operation.returned?.version;
    return version === undefined || operation.id === undefined
      ? []
      : [{ id: operation.id, ended: operation.ended, version }];
  });
  const byId = Map.groupBy(all, ({ id }) => id);
  return new Map([...byId].map(([id, ofOne]) => [id, highestSeen(ofOne)]));
}
