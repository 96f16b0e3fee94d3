import type { DefinedError } from 'ajv';

/** One broken rule. `path`: RFC 6901 pointer of the field; `rule`: JSON Schema keyword or name of a status rule. */
export type Violation = {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
};

/** The rule of an address in the US that has an administrative_area: the schema forbids the field with `false`. */
export const foreignAddressRule = 'administrative_area_needs_foreign_address';

/** AJV's errors as violations. Each points at the field itself, even a missing or unknown one, and quotes no value. */
export function violationsOf(errors: readonly DefinedError[]): Violation[] {
  // An `if` only says that a condition applied: what it forbids has an error of its own.
  return errors.filter(({ keyword }) => keyword !== 'if').map(violationOf);
}

function violationOf(error: DefinedError): Violation {
  const path = pointerOf(error);
  return { path, rule: ruleOf(error), message: `${nameOf(path)} ${complaint(error)}` };
}

/** The schema's keyword, or the contract's name for the one `false` in the schema. */
function ruleOf({ keyword }: DefinedError): string {
  return keyword === 'false schema' ? foreignAddressRule : keyword;
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
      if (instancePath === '/location_resource_id') {
        return 'must be an identifier, or an identifier, ^ and a text, with no other ^ and no U+FFFD';
      }
      return params.pattern.includes('\ufffd')
        ? 'must be well-formed Unicode without U+FFFD, which replaces bytes that are not UTF-8'
        : 'must be well-formed Unicode: it has half of a surrogate pair';
    case 'false schema':
      return 'must not be set unless state is FC and country is neither US nor USA';
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
