import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { authUrl, call } from '../support/api.ts';

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

async function ask(body: Record<string, string>, headers: Record<string, string> = {}, query = '') {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...body });
  const response = await fetch(`${authUrl()}/oauth2/token${query}`, { method: 'POST', body: form, headers });
  return { status: response.status, headers: response.headers, json: Object(await response.json()) };
}

describe('the local issuer', () => {
  it.each([
    ['in the form', { client_id: 'acme', client_secret: 'acme-secret' }, {}],
    ['as HTTP Basic', {}, { authorization: basic('acme', 'acme-secret') }],
    [
      'as HTTP Basic, which takes precedence over the form',
      { client_id: 'no' },
      { authorization: basic('acme', 'acme-secret') },
    ],
    ['as HTTP Basic with percent-encoded characters', {}, { authorization: `basic ${btoa('ac%6De:acme%2Dsecret')}` }],
  ])('accepts credentials %s', async (_, body, headers) => {
    const { status, json } = await ask(body, headers);
    expect({ status, json }).toEqual({
      status: 200,
      json: { access_token: expect.any(String), expires_in: 3_600, token_type: 'Bearer' },
    });
    expect((await call('GET', '/updates/scan?since=2026-01-01T00:00:00Z', { token: json.access_token })).status).toBe(
      200,
    );
  });

  it.each([
    ['a wrong secret', basic('acme', 'wrong')],
    ['no colon', `Basic ${btoa('acme')}`],
    ['an empty value', 'Basic '],
    ['invalid base64', 'Basic %%%'],
  ])('rejects HTTP Basic with %s', async (_, authorization) => {
    const { status, json, headers } = await ask({}, { authorization });
    expect({ status, json }).toEqual({ status: 401, json: { error: 'invalid_client' } });
    expect(headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it('ignores a query string', async () => {
    const credentials = { client_id: 'acme', client_secret: 'acme-secret' };
    expect((await ask(credentials, {}, '?client_id=no&tenant=1')).status).toBe(200);
    expect((await fetch(`${authUrl()}/.well-known/openid-configuration?v=2`)).status).toBe(200);
  });

  it('keeps running if a client closes the connection in the middle of a request', async () => {
    const { hostname, port } = new URL(authUrl());
    const socket = connect(Number(port), hostname);
    socket.write('POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\ngrant_type');
    await sleep(100);
    socket.destroy();
    await sleep(100);
    expect((await ask({ client_id: 'acme', client_secret: 'acme-secret' })).status).toBe(200);
  });

  it('accepts only the grant type client_credentials', async () => {
    const { status, json } = await ask({ grant_type: 'password', client_id: 'acme', client_secret: 'acme-secret' });
    expect({ status, json }).toEqual({ status: 400, json: { error: 'unsupported_grant_type' } });
  });

  it('describes itself at /.well-known/openid-configuration', async () => {
    const response = await fetch(`${authUrl()}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: authUrl(),
      token_endpoint: `${authUrl()}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      grant_types_supported: ['client_credentials'],
      scopes_supported: ['appointments/read', 'appointments/write'],
    });
  });

  it('publishes only its public key', async () => {
    const response = await fetch(`${authUrl()}/.well-known/jwks.json`);
    const { keys } = Object(await response.json());
    expect(Object.keys(keys[0]).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });
});
