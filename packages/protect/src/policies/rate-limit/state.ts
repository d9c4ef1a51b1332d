/** Rate limits as synchronous state machines of a few numbers each. */

/** A limit on how many calls are made in a time. */
export interface RateLimiter {
  /**
   * Takes `cost` calls at time `now` (milliseconds, monotonic) when that is allowed within `waitMsMax`.
   *
   * @returns how long to wait before the call is made, 0 for not at all; or, negated, in how long it would be allowed
   *   (-Infinity: never)
   */
  take(now: number, cost: number, waitMsMax: number): number;
  /** Gives back what a call took that was not made after all. */
  giveBack(cost: number): void;
  /** Whether nothing is remembered any more at `now`, so that the limiter can be dropped. */
  isIdle(now: number): boolean;
}

/**
 * The token bucket in its shortest form: it holds only the time at which the bucket will be full again. Calls may come
 * in a burst, and on the long average at the rate.
 *
 * Source: the generic cell rate algorithm, ITU-T Recommendation I.371, virtual scheduling.
 */
export class TokenBucket implements RateLimiter {
  readonly #emissionMs: number;
  readonly #toleranceMs: number;
  #fullAt = Number.NEGATIVE_INFINITY;

  /**
   * @param limit - calls in `perMs`
   * @param perMs - milliseconds
   * @param burst - calls that may come at once
   */
  constructor(limit: number, perMs: number, burst: number) {
    this.#emissionMs = perMs / limit;
    this.#toleranceMs = this.#emissionMs * burst;
  }

  take(now: number, cost: number, waitMsMax: number): number {
    const need = this.#emissionMs * cost;
    // Sums of fractions drift by a hair; a microsecond of grace keeps exact limits exact.
    if (need > this.#toleranceMs + 1e-3) return Number.NEGATIVE_INFINITY;
    const fullAt = Math.max(now, this.#fullAt) + need;
    const waitMs = fullAt - this.#toleranceMs - now;
    if (waitMs > 1e-3 && waitMs > waitMsMax) return -waitMs;
    this.#fullAt = fullAt;
    return waitMs > 1e-3 ? waitMs : 0;
  }

  giveBack(cost: number): void {
    this.#fullAt -= this.#emissionMs * cost;
  }

  isIdle(now: number): boolean {
    return this.#fullAt <= now;
  }
}

/**
 * The sliding window in two counters: the calls of the window before count in proportion to how much of it is still
 * in sight. No more than the limit in any window of the length, as nearly as evenly spread calls allow.
 *
 * Source: the approximation described by Cloudflare, "How we built rate limiting capable of scaling to millions of
 * domains", 2017.
 */
export class SlidingWindow implements RateLimiter {
  readonly #limit: number;
  readonly #perMs: number;
  #window = Number.NEGATIVE_INFINITY;
  #current = 0;
  #previous = 0;

  constructor(limit: number, perMs: number) {
    this.#limit = limit;
    this.#perMs = perMs;
  }

  take(now: number, cost: number): number {
    if (cost > this.#limit) return Number.NEGATIVE_INFINITY;
    this.#advance(now);
    const elapsedMs = now - this.#window * this.#perMs;
    const seen = this.#previous * (1 - elapsedMs / this.#perMs) + this.#current;
    if (seen + cost <= this.#limit + 1e-9) {
      this.#current += cost;
      return 0;
    }
    const waitMs = this.#waitMs(elapsedMs, cost);
    // A place in a window yet to come cannot be taken in advance.
    return -Math.max(waitMs, 1e-3);
  }

  giveBack(cost: number): void {
    this.#current = Math.max(0, this.#current - cost);
  }

  isIdle(now: number): boolean {
    return Math.floor(now / this.#perMs) - this.#window >= 2;
  }

  #advance(now: number): void {
    const window = Math.floor(now / this.#perMs);
    // Not even a clock that jumps backwards brings places back.
    if (window <= this.#window) return;
    this.#previous = window === this.#window + 1 ? this.#current : 0;
    this.#current = 0;
    this.#window = window;
  }

  /** When enough of the past is out of sight; in the next window, at the latest in the one after. */
  #waitMs(elapsedMs: number, cost: number): number {
    const room = this.#limit - cost - this.#current;
    if (room >= 0 && this.#previous > 0) {
      return Math.max(0, this.#perMs * (1 - room / this.#previous) - elapsedMs);
    }
    const restOfWindowMs = this.#perMs - elapsedMs;
    const intoNext = this.#current > 0 ? Math.max(0, 1 - (this.#limit - cost) / this.#current) : 0;
    return restOfWindowMs + this.#perMs * intoNext;
  }
}
