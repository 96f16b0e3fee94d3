/** A JSON Schema, as far as it orders members. */
type OrderingSchema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OrderingSchema>>;
  readonly items?: OrderingSchema;
};

/**
 * The same value, with the members of every object in the schema's order. DynamoDB does not keep the order of a map.
 * Members that only a later version of the schema has come last: a rollback hides nothing.
 */
export function inSchemaOrder<T>(value: T, schema: OrderingSchema): T;
export function inSchemaOrder(value: unknown, { properties = {}, items = {} }: OrderingSchema): unknown {
  if (Array.isArray(value)) return value.map((element) => inSchemaOrder(element, items));
  if (typeof value !== 'object' || value === null) return value;
  const members = new Map(Object.entries(value));
  const names = new Set([...Object.keys(properties), ...[...members.keys()].sort()]);
  return Object.fromEntries(
    [...names]
      .filter((name) => members.has(name))
      .map((name) => [name, inSchemaOrder(members.get(name), properties[name] ?? {})]),
  );
}
