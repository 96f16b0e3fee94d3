import type { DefinedError } from 'ajv';

/** One violated rule. `path` is the RFC 6901 pointer of the field; `rule` is a JSON Schema keyword or the name of a rule in the contract. */
export type Violation = {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
};

/** The rule that a US address with an administrative_area violates. The schema forbids the field with `false`. */
export const foreignAddressRule = 'administrative_area_needs_foreign_address';

/** Turns AJV's errors into violations. Each one points at the field itself, even if it is missing or unknown. No message quotes a value. */
export function violationsOf(errors: readonly DefinedError[]): Violation[] {
  // AJV also reports the `if` itself. The forbidden field already has its own error.
  return errors.filter(({ keyword }) => keyword !== 'if').map(violationOf);
}

function violationOf(error: DefinedError): Violation {
  const path = pointerOf(error);
  return { path, rule: ruleOf(error), message: `${readable(path)} ${reasonOf(error)}` };
}

/** The keyword of the schema. The schema contains one `false`, for which the contract has a name. */
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

/** The pointer in a form that people read: `attending_doctor.name.given[0]`. */
function readable(path: string): string {
  if (path === '') return 'the body';
  if (path.endsWith('/')) return 'a field with an empty name';
  return path
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

function reasonOf({ keyword, params, instancePath }: DefinedError): string {
  switch (keyword) {
    case 'required':
      return 'must be set';
    case 'additionalProperties':
      return 'is not a known field';
    case 'type':
      return `must be ${article(String(params.type))}`;
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`;
    case 'format':
      return formats[params.format] ?? `must be a ${params.format}`;
    case 'pattern':
      if (instancePath === '/location_resource_id') {
        return 'must be IDENTIFIER or IDENTIFIER^TEXT, without another ^ and without U+FFFD';
      }
      return params.pattern.includes('\ufffd')
        ? 'must be valid Unicode without U+FFFD, which replaces invalid UTF-8'
        : 'must be valid Unicode: it contains half of a surrogate pair';
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
      return `violates the JSON Schema keyword ${keyword}`;
  }
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'must be a timestamp such as 2026-03-02T09:00:00Z, on a day that exists',
  date: 'must be a day that exists, such as 2026-03-02',
};

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function counted(limit: number, noun: string): string {
  return `${limit} ${noun}${limit === 1 ? '' : 's'}`;
}
