// Jest's globalSetup: starts the appointments service from the checkout that APPOINTMENTS_SERVICE names.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createInterface } = require('node:readline');

module.exports = async () => {
  const { APPOINTMENTS_SERVICE } = process.env;
  if (!APPOINTMENTS_SERVICE)
    throw new Error('Set APPOINTMENTS_SERVICE to a checkout of the service, and run npm ci in it.');
  // Port 0 picks a free port.
  const service = spawn('npm', ['start', '--silent'], {
    cwd: APPOINTMENTS_SERVICE,
    env: { ...process.env, PORT: '0', AUTH_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(service, 'exit');
  // The first line of output has the addresses. The tests read them from the environment.
  const [line] = await Promise.race([once(createInterface({ input: service.stdout }), 'line'), exit]);
  if (typeof line !== 'string') throw new Error('The appointments service did not start.');
  const { apiUrl, authUrl } = JSON.parse(line);
  Object.assign(process.env, { API_URL: apiUrl, AUTH_URL: authUrl });
  globalThis.stopAppointments = async () => {
    service.kill();
    await exit;
  };
};
