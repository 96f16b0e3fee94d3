import { useStack } from './use-stack.ts';

await useStack('issued');

/** The appointments API of the stack that accepts the test issuer's tokens and records its calls to DynamoDB. */
export const issuedApi = `${process.env.ISSUED_API_URL}/appointments/v1`;
