/** Where the emulator differs from AWS: the tests that are skipped on the deployed stack, by a part of their name, each with the reason. */
export const differences = [];
