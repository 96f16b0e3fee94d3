// Starts the appointments service once, before all tests, from the checkout that APPOINTMENTS_SERVICE names.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createInterface } = require('node:readline');

module.exports = async () => {
  const { APPOINTMENTS_SERVICE } = process.env;
  if (!APPOINTMENTS_SERVICE) throw new Error('Set APPOINTMENTS_SERVICE to a checkout of the service, after npm ci.');
  const service = spawn('npm', ['start', '--silent'], {
    cwd: APPOINTMENTS_SERVICE,
    env: { ...process.env, PORT: '0', AUTH_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(service, 'exit').then(() => Promise.reject(new Error('The service did not start.')));
  const [line] = await Promise.race([once(createInterface({ input: service.stdout }), 'line'), ended]);
  ended.catch(() => {});
  // The first line says where it is. The tests find the addresses in their environment.
  const { apiUrl, authUrl } = JSON.parse(line);
  Object.assign(process.env, { API_URL: apiUrl, AUTH_URL: authUrl });
  globalThis.stopAppointments = async () => {
    service.kill();
    await ended.catch(() => {});
  };
};
