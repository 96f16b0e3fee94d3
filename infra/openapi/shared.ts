import { STATUS_CODES } from 'node:http';
import type { Schema } from './schemas.ts';

type Paths = Readonly<Record<string, Readonly<Record<string, Schema>>>>;

/** The paths with a reference in the place of each response that several operations have, and those responses. */
export function shared(paths: Paths): { paths: Schema; responses: Record<string, unknown> } {
  const seen = new Map<string, number>();
  everyResponse(paths, (_, response) => {
    const json = JSON.stringify(response);
    seen.set(json, (seen.get(json) ?? 0) + 1);
    return response;
  });
  const responses: Record<string, unknown> = {};
  const sharing = everyResponse(paths, (status, response) => {
    const json = JSON.stringify(response);
    if ((seen.get(json) ?? 0) < 2) return response;
    const known = Object.keys(responses).find((name) => JSON.stringify(responses[name]) === json);
    const name = known ?? nameFor(status, responses);
    responses[name] = response;
    return { $ref: `#/components/responses/${name}` };
  });
  return { paths: sharing, responses };
}

function everyResponse(paths: Paths, change: (status: string, response: unknown) => unknown): Schema {
  return mapped(paths, (_, methods) =>
    mapped(methods, (_, operation) => ({
      ...operation,
      responses: mapped(Object(operation.responses), change),
    })),
  );
}

function mapped<T, U>(object: Readonly<Record<string, T>>, change: (name: string, value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}

/** `NotFound`, and `NotFound2` where another 404 has that name. */
function nameFor(status: string, responses: object): string {
  const name = STATUS_CODES[status]?.replaceAll(' ', '') ?? status;
  const taken = Object.keys(responses).filter((other) => other.startsWith(name)).length;
  return taken === 0 ? name : `${name}${taken + 1}`;
}
