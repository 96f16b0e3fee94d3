/** The parts of a JSON Schema that decide the order of members. */
type OrderingSchema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OrderingSchema>>;
  readonly items?: OrderingSchema;
};

/**
 * Sorts the members of every object into the schema's order, because DynamoDB does not store the order of a map. Members
 * that the schema does not have come last: after a rollback, fields that a later schema added are still returned.
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
