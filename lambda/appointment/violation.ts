import type { DefinedError } from 'ajv';

/** One broken rule. `path`: RFC 6901 pointer of the field; `rule`: JSON Schema keyword or name of a status rule. */
export type Violation = {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
};

/** AJV's error as a violation. It points at the field itself, even a missing or unknown one, and quotes no value. */
export function violationOf(error: DefinedError): Violation {
  const path = pointerOf(error);
  return { path, rule: error.keyword, message: `${nameOf(path)} ${complaint(error)}` };
}

function pointerOf({ instancePath, keyword, params }: DefinedError): string {
  if (keyword === 'required') return `${instancePath}/${escaped(params.missingProperty)}`;
  if (keyword === 'additionalProperties') return `${instancePath}/${escaped(params.additionalProperty)}`;
  return instancePath;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A pointer as a person writes it: `attending_doctor.name.given[0]`. */
function nameOf(path: string): string {
  if (path === '') return 'the body';
  if (path.endsWith('/')) return 'a field with an empty name';
  return path
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

function complaint({ keyword, params, instancePath }: DefinedError): string {
  switch (keyword) {
    case 'required':
      return 'must be set';
    case 'additionalProperties':
      return 'is not a field of this object';
    case 'type':
      return `must be ${article(String(params.type))}`;
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`;
    case 'format':
      return formats[params.format] ?? `must be a ${params.format}`;
    case 'pattern':
      return instancePath === '/location_resource_id'
        ? 'must be an identifier, or an identifier, ^ and a text, with no other ^'
        : 'must be well-formed Unicode: it has half of a surrogate pair';
    case 'minLength':
      return `must have at least ${counted(params.limit, 'character')}`;
    case 'maxLength':
      return `must have at most ${counted(params.limit, 'character')}`;
    case 'maxItems':
      return `must have at most ${counted(params.limit, 'element')}`;
    case 'minimum':
      return `must be at least ${params.limit}`;
    case 'maximum':
      return `must be at most ${params.limit}`;
    default:
      return `breaks ${keyword}`;
  }
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'must be a timestamp like 2026-03-02T09:00:00Z, of a day that exists',
  date: 'must be a day that exists, like 2026-03-02',
};

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function counted(limit: number, noun: string): string {
  return `${limit} ${noun}${limit === 1 ? '' : 's'}`;
}
