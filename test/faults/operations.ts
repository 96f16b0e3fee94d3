/** What a client did and what it was told. Its times are places in the one order in which operations began and ended. */
export type Operation = Write | Read;

type Timed = { readonly began: number; readonly ended: number; readonly status: number };

export type Write = Timed & {
  readonly kind: 'write';
  /** The write's name: no two have the same. */
  readonly notes: string;
  /** The version that it was to make. */
  readonly asked: number;
  /** The statuses that are true to what went wrong on its way. */
  readonly allowed: readonly number[];
  /** The appointment; a create that failed may not know it. */
  readonly id: string | undefined;
  /** What a 200 says. */
  readonly answered?: Version;
  /** What a 409 says. */
  readonly latestVersion?: number;
};

export type Read = Timed & { readonly kind: 'read'; readonly id: string; readonly answered?: Version };

/** One version of an appointment, as an answer or a table has it. */
export type Version = {
  readonly id: string;
  readonly version: number;
  readonly notes: string;
  /** The whole appointment, as an answer has it. */
  readonly whole: unknown;
};

/** What the tables hold in the end. */
export type Tables = { readonly current: readonly Version[]; readonly history: readonly Version[] };
