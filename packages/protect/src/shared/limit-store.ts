/**
 * The contract of what counts a rate limit for many processes: one step, atomic, on the store's own clock, for as many
 * keys as were asked for since the last answer.
 */

/** A limit by its rate and its burst, in the two numbers of the generic cell rate algorithm. */
export interface LimitRule {
  /** The limit's name; all its keys are kept below it. */
  readonly name: string;
  /** Milliseconds in which one permit is earned. */
  readonly emissionMs: number;
  /** Milliseconds in which the whole burst is earned; at least `emissionMs`. */
  readonly toleranceMs: number;
}

/** Permits wanted for one key of the limit. */
export interface LimitWant {
  /** The empty text for calls without a key. */
  readonly key: string;
  /** How many; fewer may be granted. With 0 nothing is taken, and the answer tells when there will be one. */
  readonly permits: number;
}

/** What was granted. */
export interface LimitGrant {
  /** Permits taken, from 0 to what was wanted. */
  readonly granted: number;
  /** In how many milliseconds the next permit will be there; 0 when there is one now. */
  readonly retryAfterMs: number;
}

/** Counts limits for all processes that share it. It may fail or hang: whoever asks has a time limit of its own. */
export interface LimitStore {
  /** For messages, such as `redis`. */
  readonly name: string;
  /** Takes as many of the wanted permits as there are, each key in one atomic step; answers in the order of `wants`. */
  take(rule: LimitRule, wants: readonly LimitWant[]): Promise<readonly LimitGrant[]>;
}

/** What became of a key's only number. */
export interface LimitStep extends LimitGrant {
  /** When all permits will be there again. */
  readonly fullAt: number;
}

/**
 * The one step of the algorithm, for stores that compute in this process: takes up to `permits` at time `now`, of a
 * limit that would be full again at `fullAt`. Taking n at once is the same as n times one at the same time.
 *
 * Source: the generic cell rate algorithm, ITU-T Recommendation I.371, virtual scheduling.
 *
 * @param fullAt - milliseconds on the same clock as `now`; `undefined` where nothing is remembered
 */
export function takePermits(
  fullAt: number | undefined,
  now: number,
  { emissionMs, toleranceMs }: LimitRule,
  permits: number,
): LimitStep {
  // More than all cannot be used, unless the store's clock was set back: then the limit counts as used up, no more.
  const usedMs = Math.min(Math.max((fullAt ?? now) - now, 0), toleranceMs);
  // Sums of fractions drift by a hair; a millionth of a permit of grace keeps exact limits exact.
  const there = Math.floor((toleranceMs - usedMs) / emissionMs + 1e-6);
  const granted = Math.min(permits, there);
  const full = now + usedMs + granted * emissionMs;
  const retryAfterMs = granted < there ? 0 : Math.max(0, full - now + emissionMs - toleranceMs);
  return { granted, retryAfterMs, fullAt: full };
}
