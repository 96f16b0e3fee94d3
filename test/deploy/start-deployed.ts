import { deploy } from './deploy.ts';
import { startEmulator } from './emulator.ts';
import { say } from './python.ts';

/** Deploys the stack into an emulated AWS. API_URL and AUTH_URL: the deployed API; CLIENTS: its clients; OUTPUTS: what the stack put out. */
export default async function startDeployed(): Promise<void> {
  const emulator = await startEmulator();
  Object.assign(globalThis, { stopStacks: emulator.stop });
  try {
    const { apiUrl, clients, outputs } = await deploy(emulator);
    Object.assign(process.env, emulator.environment, {
      API_URL: apiUrl,
      AUTH_URL: apiUrl,
      CLIENTS: JSON.stringify(clients),
      OUTPUTS: JSON.stringify(outputs),
    });
    say(`deployed: ${apiUrl}`);
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}
