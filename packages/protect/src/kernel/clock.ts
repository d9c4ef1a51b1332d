/**
 * Where time comes from. Monotonic: it never jumps, whatever happens to the wall clock.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start; never runs backwards. */
  now(): number;
  /** Unix time in milliseconds of the instant at which `now()` was 0; add it to `now()` to show a time to people. */
  readonly epoch: number;
}

/** The real clock, on `performance.now()`. */
export const monotonicClock: Clock = {
  now: () => performance.now(),
  epoch: performance.timeOrigin,
};
