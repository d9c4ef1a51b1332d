import type { Random } from '../../kernel/random.ts';
import { type LimitAlgorithm, type LimitSample, wasUsed } from './algorithm.ts';

/** After about so many windows for each call of the limit the best time is measured anew. */
const probeEvery = 30;

/**
 * Compares how long calls take with the best time that was measured: what is above it was spent in a queue, whose
 * length follows. A short queue lets the limit grow, a long one makes it shrink.
 *
 * Source: L. Brakmo and L. Peterson, "TCP Vegas", 1995; the form and constants of Netflix's concurrency-limits.
 */
export class Vegas implements LimitAlgorithm {
  readonly windowMs: number;
  readonly samplesMin = 10;
  readonly median = false;
  readonly since = Number.NEGATIVE_INFINITY;
  readonly #random: Random;
  #bestMs = Infinity;
  #windows = 0;
  #jitter: number;

  constructor(windowMs: number, random: Random) {
    this.windowMs = windowMs;
    this.#random = random;
    this.#jitter = this.#drawJitter();
  }

  next(limit: number, sample: LimitSample): number {
    const probing = ++this.#windows >= probeEvery * limit * this.#jitter;
    if (probing) {
      this.#windows = 0;
      this.#jitter = this.#drawJitter();
    }
    if (probing || sample.meanMs < this.#bestMs) {
      this.#bestMs = sample.meanMs;
      return limit;
    }
    const step = Math.max(1, Math.log10(limit));
    if (sample.dropped) return limit - step;
    const queued = Math.ceil(limit * (1 - this.#bestMs / sample.meanMs));
    if (queued > 6 * step) return limit - step;
    if (!wasUsed(limit, sample)) return limit;
    if (queued <= step) return limit + 6 * step;
    return queued < 3 * step ? limit + step : limit;
  }

  #drawJitter(): number {
    return 0.5 + this.#random() / 2;
  }
}
