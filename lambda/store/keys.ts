/** The partition key of an appointment and of its versions in the history table. An id is a UUID, so the first # ends it. */
export function appointmentKey(organizationId: string, id: string): string {
  return `${id}#${organizationId}`;
}

/** The id and the organization in the partition key of an appointment. */
export function partsOf(key: string): { readonly id: string; readonly organization_id: string } {
  const end = key.indexOf('#');
  return { id: key.slice(0, end), organization_id: key.slice(end + 1) };
}

// An index partition accepts 1,000 writes per second. The first hex digit of the id spreads an organization over 16 partitions.
const shards = [...'0123456789abcdef'];

/** The partition key of an appointment in the index `updates`: one shard of its organization. */
export function feedKey(organizationId: string, id: string): string {
  return shardKey(organizationId, id.charAt(0));
}

/** The partition keys of all shards of an organization in the index `updates`. */
export function feedKeys(organizationId: string): readonly string[] {
  return shards.map((shard) => shardKey(organizationId, shard));
}

function shardKey(organizationId: string, shard: string): string {
  return `${shard}#${organizationId}`;
}
