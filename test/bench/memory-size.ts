// A model, not a measurement: how long a call takes and what it costs at a memory size, from CPU time measured here. The
// import is not in it: while a function starts, Lambda is seen to give it a whole CPU at any size.

/** MiB at which Lambda gives a function one whole vCPU; below it gives that share of one. */
const wholeCpu = 1_769;
/** US dollars for a GB-second on ARM, and for a request, in us-east-1. */
const price = { gigabyteSecond: 0.0000133334, request: 0.0000002 };
/** Milliseconds that a call waits for DynamoDB. */
const wait = 5;

export type MemorySize = {
  readonly megabytes: number;
  /** Milliseconds of a warm call and of the first one after the start. */
  readonly warm: number;
  readonly first: number;
  /** US dollars for a million warm calls. */
  readonly million: number;
};

/** What each memory size would bring, for milliseconds of CPU time of a warm call and of a first one. */
export function memorySizes(warmCpu: number, firstCpu: number): readonly MemorySize[] {
  return [128, 256, 512, 1_024, 1_769].map((megabytes) => {
    const share = Math.min(1, megabytes / wholeCpu);
    const warm = warmCpu / share + wait;
    // Lambda bills whole milliseconds.
    const million = 1e6 * (price.request + (megabytes / 1_024) * (Math.ceil(warm) / 1_000) * price.gigabyteSecond);
    return { megabytes, warm, first: firstCpu / share + wait, million };
  });
}
