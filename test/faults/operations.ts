/** An operation of a client and its outcome. `began` and `ended` are positions in the order of all begins and ends. */
export type Operation = Write | Read;

type Timed = { readonly began: number; readonly ended: number; readonly status: number };

export type Write = Timed & {
  readonly kind: 'write';
  /** The name of the write. It is unique. */
  readonly notes: string;
  /** The version that the write must make. */
  readonly version: number;
  /** The statuses that the fault of the write allows. */
  readonly allowed: readonly number[];
  /** The appointment. A failed create may not know it. */
  readonly id: string | undefined;
  /** The appointment in a 200. */
  readonly returned?: Version;
  /** The `latest_version` in a 409. */
  readonly latestVersion?: number;
};

export type Read = Timed & { readonly kind: 'read'; readonly id: string; readonly returned?: Version };

/** One version of an appointment, from a response or a table. */
export type Version = {
  readonly id: string;
  readonly version: number;
  readonly notes: string;
  /** The whole appointment, as in a response. */
  readonly whole: unknown;
};

/** The content of the tables at the end. */
export type Tables = { readonly current: readonly Version[]; readonly history: readonly Version[] };
