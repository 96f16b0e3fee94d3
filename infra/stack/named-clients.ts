/** A Cognito client of an organization, as the context names it. */
export type NamedClient = {
  readonly name: string;
  readonly organization: string;
  readonly scope: 'read' | 'read-write';
};

/** An authorizer takes 50 audiences, a quota that AWS does not raise. The stack's own client is one of them. */
const maxClients = 49;

const names = /^[a-z][A-Za-z0-9]{0,62}$/;
const organizations = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The clients in the context `clients`: `{ "NAME": { "organization": "…", "scope": "read" | "read-write" } }`.
 * @throws Error with a sentence that says what to fix: a client in the wrong organization reads another's patients
 */
export function namedClients(context: unknown): readonly NamedClient[] {
  // cdk.json contains JSON; `-c clients=…` passes its text.
  const clients: unknown = typeof context === 'string' ? JSON.parse(context) : (context ?? {});
  if (!isRecord(clients)) throw new Error('The context `clients` must be an object of clients by name.');
  const named = Object.entries(clients).map(([name, settings]) => namedClient(name, settings));
  if (named.length > maxClients) {
    throw new Error(
      `The context names ${named.length} clients; an authorizer takes ${maxClients}. For more, use your own issuer (-c issuer=…).`,
    );
  }
  return named;
}

function namedClient(name: string, settings: unknown): NamedClient {
  const { organization, scope, ...others } = isRecord(settings) ? settings : {};
  const unknown = Object.keys(others);
  if (!names.test(name))
    throw invalidClient(name, 'its name must be letters and digits and start with a lowercase letter');
  if (unknown.length > 0) throw invalidClient(name, `it has an unknown setting, ${unknown.join(', ')}`);
  if (typeof organization !== 'string' || !organizations.test(organization)) {
    throw invalidClient(name, 'its organization must be 1 to 128 letters, digits, dots, hyphens and underscores');
  }
  if (scope !== 'read' && scope !== 'read-write') throw invalidClient(name, 'its scope must be read or read-write');
  return { name, organization, scope };
}

function invalidClient(name: string, why: string): Error {
  return new Error(`The context's client ${name}: ${why}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
