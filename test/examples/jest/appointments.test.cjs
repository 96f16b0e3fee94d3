const { randomUUID } = require('node:crypto');

const { API_URL, AUTH_URL } = process.env;
const visit = { patient_id: 'p-1', start_timestamp: '2026-03-02T09:00:00Z', service_duration: 30, services: [] };

/** A client of an organization that no other test uses: any NAME with the secret NAME-secret. */
async function newClient() {
  const client_id = `test-${randomUUID()}`;
  const body = JSON.stringify({ client_id, client_secret: `${client_id}-secret` });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${AUTH_URL}/api/auth/v2/token`, { method: 'POST', headers, body });
  const { access_token } = await response.json();
  return (method, path, body, more = {}) =>
    fetch(`${API_URL}/appointments/v1${path}`, {
      method,
      headers: { ...headers, ...more, authorization: `Bearer ${access_token}` },
      body: JSON.stringify(body),
    });
}

test('another writer is told the latest version', async () => {
  const client = await newClient();
  const { id } = await (await client('POST', '', visit)).json();
  expect((await client('PUT', `/${id}/2`, { ...visit, status: 'READY' })).status).toBe(200);
  const conflict = await client('PUT', `/${id}/2`, visit);
  expect(conflict.status).toBe(409);
  expect((await conflict.json()).content.latest_version).toBe(2);
});

test('a write whose answer is lost happens once, if it is sent again under its key', async () => {
  const client = await newClient();
  const key = { 'idempotency-key': randomUUID() };
  const lost = await client('POST', '', visit, { ...key, 'x-local-fault': 'lost-response' });
  expect(lost.status).toBe(503);
  const again = await client('POST', '', visit, key);
  expect(await again.json()).toMatchObject({ version: 1 });
  const all = await client('GET', '/updates/scan?since=2026-01-01T00:00:00Z');
  expect(await all.json()).toHaveLength(1);
});
