import { Fn, type Stack } from 'aws-cdk-lib';

/** A part of the stack's id. A name that must be unique in a region or an account ends with it. */
export function stackSuffix(stack: Stack): string {
  const stackUuid = Fn.select(2, Fn.split('/', stack.stackId));
  return Fn.select(4, Fn.split('-', stackUuid));
}
