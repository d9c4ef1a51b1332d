import { type LimitAlgorithm, type LimitSample, wasUsed } from './algorithm.ts';

/** How much slower than in the long run calls may be before the limit shrinks. */
const tolerance = 1.5;
/** Calls that may queue. */
const queue = 4;
/** The share of each new limit; the rest is the old one. */
const smoothing = 0.2;

/**
 * Compares how long calls take now with how long they take in the long run.
 *
 * Source: Netflix's concurrency-limits, Gradient2Limit. Its long run forgets: an overload that lasts for many minutes
 * comes to be taken for the usual.
 */
export class Gradient2 implements LimitAlgorithm {
  readonly windowMs: number;
  readonly samplesMin = 10;
  readonly median = false;
  readonly since = Number.NEGATIVE_INFINITY;
  readonly #longRun = new LongRunMean();

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  next(limit: number, sample: LimitSample): number {
    const longMs = this.#longRun.add(sample.meanMs);
    // Calls have become much faster: the mean would need too long to follow.
    if (longMs > 2 * sample.meanMs) this.#longRun.shrink();
    if (!wasUsed(limit, sample)) return limit;
    const gradient = Math.min(1, Math.max(0.5, (tolerance * longMs) / sample.meanMs));
    return limit * (1 - smoothing) + smoothing * (limit * gradient + queue);
  }
}

/** The mean of the first ten values, then an exponential one over about 600. */
class LongRunMean {
  #count = 0;
  #mean = 0;

  add(value: number): number {
    this.#count++;
    const weight = this.#count <= 10 ? 1 / this.#count : 2 / 601;
    this.#mean += (value - this.#mean) * weight;
    return this.#mean;
  }

  shrink(): void {
    this.#mean *= 0.95;
  }
}
