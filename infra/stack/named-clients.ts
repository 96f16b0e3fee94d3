/** A client of an organization, as the context names it. */
export type Client = { readonly name: string; readonly organization: string; readonly scope: 'read' | 'read-write' };

/** An authorizer takes 50 audiences, a quota that is not raised, and the stack's own client is one of them. */
const mostClients = 49;

const names = /^[a-z][A-Za-z0-9]{0,62}$/;
const organizations = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The clients in the context `clients`: `{ "NAME": { "organization": "…", "scope": "read" | "read-write" } }`.
 * @throws Error with a sentence that says what to mend: a client in the wrong organization reads another's patients
 */
export function clientsOf(context: unknown): readonly Client[] {
  // cdk.json holds JSON, `-c clients=…` hands over its text.
  const clients: unknown = typeof context === 'string' ? JSON.parse(context) : (context ?? {});
  if (!isRecord(clients)) throw new Error('The context clients must be an object of clients by their names.');
  const named = Object.entries(clients).map(([name, settings]) => clientOf(name, settings));
  if (named.length > mostClients) {
    throw new Error(
      `The context names ${named.length} clients; the authorizer takes ${mostClients}. Beyond that use an issuer of your own (-c issuer=…).`,
    );
  }
  return named;
}

function clientOf(name: string, settings: unknown): Client {
  const { organization, scope, ...others } = isRecord(settings) ? settings : {};
  const unknown = Object.keys(others);
  if (!names.test(name)) throw refusal(name, 'its name must be letters and digits, the first a small letter');
  if (unknown.length > 0) throw refusal(name, `${unknown.join(', ')} is not known`);
  if (typeof organization !== 'string' || !organizations.test(organization)) {
    throw refusal(name, 'its organization must be 1 to 128 letters, digits, dots, hyphens and underscores');
  }
  if (scope !== 'read' && scope !== 'read-write') throw refusal(name, 'its scope must be read or read-write');
  return { name, organization, scope };
}

function refusal(name: string, why: string): Error {
  return new Error(`The context's client ${name}: ${why}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
