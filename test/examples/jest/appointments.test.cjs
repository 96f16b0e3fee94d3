const { randomUUID } = require('node:crypto');

const { API_URL, AUTH_URL } = process.env;
const visit = { patient_id: 'p-1', start_timestamp: '2026-03-02T09:00:00Z', service_duration: 30, services: [] };

/** A client with its own organization: tests do not see each other's data. Any NAME with the secret NAME-secret works. */
async function newClient() {
  const client_id = `test-${randomUUID()}`;
  const body = JSON.stringify({ client_id, client_secret: `${client_id}-secret` });
  const json = { 'content-type': 'application/json' };
  const response = await fetch(`${AUTH_URL}/api/auth/v2/token`, { method: 'POST', headers: json, body });
  const { access_token } = await response.json();
  return (method, path, body, headers = {}) =>
    fetch(`${API_URL}/appointments/v1${path}`, {
      method,
      headers: { ...json, ...headers, authorization: `Bearer ${access_token}` },
      body: JSON.stringify(body),
    });
}

test('a second writer of version 2 gets a conflict with the latest version', async () => {
  const client = await newClient();
  const { id } = await (await client('POST', '', visit)).json();
  const first = await client('PUT', `/${id}/2`, { ...visit, status: 'READY' });
  expect(first.status).toBe(200);
  const second = await client('PUT', `/${id}/2`, visit);
  expect(second.status).toBe(409);
  expect((await second.json()).content.latest_version).toBe(2);
});

test('a retry with the same Idempotency-Key after a lost response creates nothing new', async () => {
  const client = await newClient();
  const key = { 'idempotency-key': randomUUID() };
  const lost = await client('POST', '', visit, { ...key, 'x-local-fault': 'lost-response' });
  expect(lost.status).toBe(503);
  const retry = await client('POST', '', visit, key);
  expect(await retry.json()).toMatchObject({ version: 1 });
  const changes = await client('GET', '/updates/scan?since=2026-01-01T00:00:00Z');
  expect(await changes.json()).toHaveLength(1);
});
