import type { StackEnvironment, StackName } from './stack-host.ts';

/**
 * Sets the environment variables of a stack, and starts the stack unless another suite already has. Without Jest's stack
 * host it does nothing: `npm run test:deploy`, the fault campaign, and others set the environment themselves.
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
