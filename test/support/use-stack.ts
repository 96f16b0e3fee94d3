import type { StackEnvironment, StackName } from './stack-host.ts';

/**
 * Starts a stack, unless another suite has, and puts what the suite needs into the environment. Does nothing outside of
 * jest's stack host: `npm run test:deploy`, the fault campaign and others set the environment themselves.
 */
export async function useStack(name: StackName = process.env.STACK === 'faulty' ? 'faulty' : 'plain'): Promise<void> {
  const { STACK_HOST } = process.env;
  if (STACK_HOST === undefined) return;
  const response = await fetch(`${STACK_HOST}/${name}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`The stack ${name} did not start: ${text}`);
  const environment: StackEnvironment = JSON.parse(text);
  Object.assign(process.env, environment);
}
