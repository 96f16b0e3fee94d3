import { readFileSync } from 'node:fs';
import { registerSchema, setShouldValidateFormat, validate } from '@hyperjump/json-schema/draft-2020-12';
import '@hyperjump/json-schema/formats-lite';
import fc from 'fast-check';
import { withMistakes } from './arbitrary-body.ts';

type Schema = {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Condition[];
};

type Condition = { readonly if: Schema; readonly then: Schema };

const { components }: { components: { schemas: Readonly<Record<string, Schema>> } } = JSON.parse(
  readFileSync('openapi.json', 'utf8'),
);

const requestSchema: Schema = components.schemas.AppointmentRequest ?? {};

/** Every schema of the document, by name. */
export const documentedSchemas = components.schemas;

setShouldValidateFormat(true);
const id = 'https://appointments.example/request';
registerSchema(
  JSON.parse(
    JSON.stringify({ $ref: '#/$defs/AppointmentRequest', $defs: components.schemas }).replaceAll(
      '#/components/schemas/',
      '#/$defs/',
    ),
  ),
  id,
  'https://json-schema.org/draft/2020-12/schema',
);
const validator = await validate(id);

/** Whether the body is valid by openapi.json. The validator enforces formats, and is independent of the service's own validator. */
// biome-ignore lint/suspicious/noExplicitAny: the validator accepts any JSON value
export function isDocumented(body: any): boolean {
  return validator(body).valid;
}

/** Values near the limits of each format, and of strings without a format. Random values would rarely hit them. */
const edgeCases: Readonly<Record<string, readonly string[]>> = {
  date: [
    '0000-12-31',
    '0001-01-01',
    '1900-02-29',
    '2000-02-29',
    '2024-02-30',
    '2026-04-31',
    '9999-12-31',
    '10000-01-01',
  ],
  'date-time': [
    ...['0000-12-31T00:00:00Z', '2026-02-29T00:00:00Z', '2024-02-29T23:59:59.123456789-23:59'],
    ...['2026-06-30T23:59:60Z', '2026-03-02t09:00:00z', '2026-03-02T24:00:00Z', '2026-03-02T09:00:00'],
    ...['2026-03-02T09:00:00.1234567890Z', '2026-03-02T09:00:00+24:00', '2026-03-02T09:00:00Z\n'],
  ],
  text: ['', '\ufffd', 'A^', 'A^\ufffd', '^', 'A^b^', '\n', '\u0000'],
};

/** A body as the document describes it. Most also meet the condition of their status. */
export const documentedBody: fc.Arbitrary<unknown> = fc
  .tuple(instanceOf(requestSchema), fc.oneof(...(requestSchema.allOf ?? []).map(statusOf)), fc.nat(4))
  .map(([body, status, dice]) => (dice === 0 ? body : { ...Object(body), ...Object(status) }));

/** The same bodies with an occasional wrong value or typo. */
export const nearlyDocumentedBody: fc.Arbitrary<unknown> = withMistakes(documentedBody, 50);

/** A status, usually with the fields that it requires, and with null for those that it forbids. */
function statusOf({ if: condition, then: { properties: ruledFields = {} } }: Condition): fc.Arbitrary<unknown> {
  const fields = Object.entries(ruledFields).map(([name, { type }]): [string, Schema] => [
    name,
    type === 'null' ? { type } : { ...requestSchema.properties?.[name], type: 'string' },
  ]);
  const properties = { ...condition.properties, ...Object.fromEntries(fields) };
  const consistent = instanceOf({ type: 'object', properties, required: Object.keys(properties) });
  return fc.oneof(
    { arbitrary: consistent, weight: 4 },
    instanceOf({ type: 'object', properties, required: ['status'] }),
  );
}

function instanceOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref) return instanceOf(components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(instanceOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  return fc.oneof(...[schema.type].flat().map((type) => ofType(type, schema)));
}

function ofType(type: string | undefined, schema: Schema): fc.Arbitrary<unknown> {
  const {
    pattern,
    format = 'text',
    minLength = 0,
    maxLength = 0,
    maxItems = 0,
    items = {},
    properties = {},
    required = [],
  } = schema;
  const mostly = (arbitrary: fc.Arbitrary<unknown>, ...bounds: fc.Arbitrary<unknown>[]) =>
    fc.oneof({ arbitrary, weight: 50 }, ...bounds);
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return mostly(fc.maxSafeNat(), fc.constantFrom(-1, 0, 0.5, Number.MAX_SAFE_INTEGER, 2 ** 53));
    case 'string': {
      const short =
        pattern === undefined
          ? fc.string({ unit: 'grapheme', minLength })
          : fc.stringMatching(new RegExp(pattern, 'u'));
      return mostly(
        short,
        fc.constantFrom('a', '\u{1f600}').map((character) => character.repeat(maxLength)),
        fc.constantFrom(...(edgeCases[format] ?? [])),
      );
    }
    case 'array':
      return mostly(
        fc.array(instanceOf(items), { maxLength: 3 }),
        instanceOf(items).map((element) => Array.from({ length: maxItems }, () => element)),
      );
    case 'object': {
      const members = Object.entries(properties).map(([name, member]) => [name, instanceOf(member)] as const);
      const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(members);
      return fc.record(model, { requiredKeys: [...required] });
    }
    default:
      return fc.jsonValue();
  }
}
