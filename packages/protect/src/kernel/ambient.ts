/** What a call hands down to the calls made within it. */
export interface Ambient {
  /** When the work must be done, on the runtime's clock; `Infinity` when there is no limit. */
  readonly deadline: number;
  /** How often an enclosing pipeline has already begun this work; above 1 the caller is retrying already. */
  readonly attempt: number;
  /** How important the work is, for load shedding. */
  readonly criticality?: string | undefined;
  /** The idempotency key of the enclosing call. */
  readonly key?: string | undefined;
}

/** Carries an {@link Ambient} through asynchronous code. */
export interface AmbientStorage {
  /** What the enclosing call handed down, if anything. */
  get(): Ambient | undefined;
  /** Runs `work` with `ambient` as what `get` returns within it, also after it awaited. */
  run<T>(ambient: Ambient, work: () => T): T;
}
