import { Fn, type Stack } from 'aws-cdk-lib';

/** Part of the stack's id. It makes a name unique in a region or an account. */
export function stackSuffix(stack: Stack): string {
  const stackUuid = Fn.select(2, Fn.split('/', stack.stackId));
  return Fn.select(4, Fn.split('-', stackUuid));
}
