import { type LimitAlgorithm, type LimitSample, wasUsed } from './algorithm.ts';

/**
 * Additive increase, multiplicative decrease: one more after each good window, a tenth less after a bad one.
 *
 * Source: D. Chiu and R. Jain, 1989; the constants are those of Netflix's concurrency-limits.
 */
export class Aimd implements LimitAlgorithm {
  readonly windowMs: number;
  readonly samplesMin = 10;
  readonly median = false;
  readonly since = Number.NEGATIVE_INFINITY;
  readonly #slowMs: number;

  /** @param slowMs - calls that take longer than this on average mean that there are too many */
  constructor(windowMs: number, slowMs: number) {
    this.windowMs = windowMs;
    this.#slowMs = slowMs;
  }

  next(limit: number, sample: LimitSample): number {
    if (sample.dropped || sample.meanMs > this.#slowMs) return limit * 0.9;
    return wasUsed(limit, sample) ? limit + 1 : limit;
  }
}
