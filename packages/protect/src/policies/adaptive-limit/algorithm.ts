/** What was measured in a window of time. */
export interface LimitSample {
  /** When the window ended. */
  readonly now: number;
  /** How long calls took on average, in milliseconds, above 0. */
  readonly meanMs: number;
  /** How long half of them took at most; 0 unless the algorithm asks for it. */
  readonly medianMs: number;
  /** The most calls that were under way at the same time. */
  readonly inFlightMax: number;
  /** Whether a call was dropped: it timed out, or the other side turned it away. */
  readonly dropped: boolean;
}

/** Learns how many calls may be under way. */
export interface LimitAlgorithm {
  /** The length of a window, in milliseconds. */
  readonly windowMs: number;
  /** A window on fewer calls goes on. */
  readonly samplesMin: number;
  /** Whether it needs the median. */
  readonly median: boolean;
  /** No call begun before this counts: what was under way before a measurement began would spoil it. */
  readonly since: number;
  /** The limit to begin with, where that is not the one that was asked for. */
  begin?(initial: number): number;
  /** The next limit; the limiter keeps it within its bounds. */
  next(limit: number, sample: LimitSample): number;
}

/** Whether the limit was used: one that nobody reached says nothing about whether more would be well. */
export function wasUsed(limit: number, { inFlightMax }: LimitSample): boolean {
  return inFlightMax >= limit / 2;
}
