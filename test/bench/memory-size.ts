// A model: the duration and the cost of a call at each memory size, computed from the CPU time that was measured on this
// machine. It leaves out the import: during a cold start, Lambda gives a function a whole CPU at any size.

/** Lambda gives a function one vCPU at this size, in MB, and a proportional share below it. */
const megabytesPerCpu = 1_769;
/** US dollars, on ARM in us-east-1. */
const price = { gigabyteSecond: 0.0000133334, request: 0.0000002 };
/** How long a call waits for DynamoDB, in milliseconds: an assumption. */
const dynamodbWait = 5;

export type MemorySize = {
  readonly megabytes: number;
  /** Milliseconds of a warm call. */
  readonly warm: number;
  /** Milliseconds of the first call after a cold start, without the import. */
  readonly first: number;
  /** US dollars for a million warm calls. */
  readonly million: number;
};

/** The row of each memory size. `warmCpu`, `firstCpu`: milliseconds of CPU time of a warm call and of a first call. */
export function memorySizes(warmCpu: number, firstCpu: number): readonly MemorySize[] {
  return [128, 256, 512, 1_024, 1_769].map((megabytes) => {
    const share = Math.min(1, megabytes / megabytesPerCpu);
    const warm = warmCpu / share + dynamodbWait;
    // Lambda bills whole milliseconds.
    const million = 1e6 * (price.request + (megabytes / 1_024) * (Math.ceil(warm) / 1_000) * price.gigabyteSecond);
    return { megabytes, warm, first: firstCpu / share + dynamodbWait, million };
  });
}
