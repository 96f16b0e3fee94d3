import { readFileSync } from 'node:fs';
import { registerSchema, setShouldValidateFormat, validate } from '@hyperjump/json-schema/draft-2020-12';
import '@hyperjump/json-schema/formats-lite';
import fc from 'fast-check';
import { nearly } from './arbitrary-body.ts';

type Schema = {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
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

/** Every schema of the document, by its name. */
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

/** Whether the body is valid by the document, as a validator says that is not the service's own and enforces formats. */
// biome-ignore lint/suspicious/noExplicitAny: the validator wants any JSON value
export function isDocumented(body: any): boolean {
  return validator(body).valid;
}

/** A body as the document describes it: mostly with what the condition of its status says. */
export const documentedBody: fc.Arbitrary<unknown> = fc
  .tuple(instanceOf(requestSchema), fc.oneof(...(requestSchema.allOf ?? []).map(statusOf)), fc.nat(9))
  .map(([body, status, dice]) => (dice === 0 ? body : { ...Object(body), ...Object(status) }));

/** The same bodies, with a wrong value or a wrong character here and there. */
export const nearlyDocumentedBody: fc.Arbitrary<unknown> = nearly(documentedBody, 50);

/** A status, with the fields that it requires, and null in place of those that it forbids. */
function statusOf({ if: condition, then: { properties: ruled = {} } }: Condition): fc.Arbitrary<unknown> {
  const fields = Object.entries(ruled).map(([name, { type }]): [string, Schema] => [
    name,
    type === 'null' ? { type } : { ...requestSchema.properties?.[name], type: 'string' },
  ]);
  const properties = { ...condition.properties, ...Object.fromEntries(fields) };
  return instanceOf({ type: 'object', properties, required: Object.keys(properties) });
}

function instanceOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref) return instanceOf(components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(instanceOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  return fc.oneof(...[schema.type].flat().map((type) => ofType(type, schema)));
}

function ofType(type: string | undefined, schema: Schema): fc.Arbitrary<unknown> {
  const { pattern, minLength = 0, maxLength = 0, maxItems = 0, items = {}, properties = {}, required = [] } = schema;
  const mostly = (arbitrary: fc.Arbitrary<unknown>, bound: fc.Arbitrary<unknown>) =>
    fc.oneof({ arbitrary, weight: 50 }, { arbitrary: bound, weight: 1 });
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.maxSafeNat();
    case 'string': {
      const short =
        pattern === undefined
          ? fc.string({ unit: 'grapheme', minLength })
          : fc.stringMatching(new RegExp(pattern, 'u'));
      return mostly(
        short,
        fc.constantFrom('a', '\u{1f600}').map((character) => character.repeat(maxLength)),
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
