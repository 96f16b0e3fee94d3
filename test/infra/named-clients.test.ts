import { describe, expect, it } from '@jest/globals';
import { namedClients } from '../../infra/stack/named-clients.ts';

describe('the context’s clients', () => {
  it('are read from cdk.json, and from the text of -c clients=…', () => {
    const clients = { acmeDesk: { organization: 'acme', scope: 'read-write' } };
    const expected = [{ name: 'acmeDesk', organization: 'acme', scope: 'read-write' }];
    expect(namedClients(clients)).toEqual(expected);
    expect(namedClients(JSON.stringify(clients))).toEqual(expected);
    expect(namedClients(undefined)).toEqual([]);
  });

  it.each([
    [
      'a name that is no name of an output',
      { 'acme-desk': { organization: 'acme', scope: 'read' } },
      'letters and digits',
    ],
    ['no organization', { acme: { scope: 'read' } }, 'its organization must be'],
    ['an organization that no claim can be', { acme: { organization: 'client:1', scope: 'read' } }, 'its organization'],
    ['another scope', { acme: { organization: 'acme', scope: 'write' } }, 'its scope must be'],
    ['a misspelt setting', { acme: { organisation: 'acme', scope: 'read' } }, 'unknown setting, organisation'],
    ['a list', [{ organization: 'acme' }], 'an object of clients'],
    ['more than an authorizer takes', many(50), 'your own issuer'],
  ])('are refused with %s', (_, clients, message) => {
    expect(() => namedClients(clients)).toThrow(message);
  });

  it('are at most 49, besides the stack’s own', () => {
    expect(namedClients(many(49))).toHaveLength(49);
  });
});

function many(count: number): Record<string, unknown> {
  const client = { organization: 'acme', scope: 'read' };
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`client${n}`, client]));
}
