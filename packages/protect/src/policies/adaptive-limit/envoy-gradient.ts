import type { Random } from '../../kernel/random.ts';
import type { LimitAlgorithm, LimitSample } from './algorithm.ts';

/** How much slower than the best calls may be before the limit shrinks. */
const buffer = 1.25;
/** Calls on which the best time is measured. */
const probeSamples = 50;
/** After so many windows at the lowest the best time is doubted, and measured anew. */
const doubtAfter = 5;

/**
 * Compares the median with the best one, which is measured from time to time with few calls under way.
 *
 * Source: Envoy's adaptive concurrency filter, gradient controller. While it measures it lets no more than
 * `probeConcurrency` calls run, which turns the others away unless they may wait.
 */
export class EnvoyGradient implements LimitAlgorithm {
  readonly windowMs: number;
  readonly median = true;
  readonly #probeConcurrency: number;
  readonly #probeEveryMs: number;
  readonly #random: Random;
  #bestMs = 0;
  #probing = true;
  #limitBefore = 0;
  #probeAt = 0;
  #windowsAtLeast = 0;
  since = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number, probeConcurrency: number, probeEveryMs: number, random: Random) {
    this.windowMs = windowMs;
    this.#probeConcurrency = probeConcurrency;
    this.#probeEveryMs = probeEveryMs;
    this.#random = random;
  }

  get samplesMin(): number {
    return this.#probing ? probeSamples : 10;
  }

  begin(initial: number): number {
    this.#limitBefore = initial;
    return Math.min(initial, this.#probeConcurrency);
  }

  next(limit: number, sample: LimitSample): number {
    if (this.#probing) return this.#endProbe(limit, sample);
    this.#windowsAtLeast = limit <= this.#probeConcurrency ? this.#windowsAtLeast + 1 : 0;
    if (sample.now >= this.#probeAt || this.#windowsAtLeast >= doubtAfter)
      return this.#beginProbe(limit, sample);
    const gradient = Math.min(2, Math.max(0.5, (buffer * this.#bestMs) / sample.medianMs));
    const next = limit * gradient + Math.sqrt(limit * gradient);
    return next > limit && sample.inFlightMax < limit / 2 ? limit : next;
  }

  #beginProbe(limit: number, { now }: LimitSample): number {
    this.#probing = true;
    this.#windowsAtLeast = 0;
    this.#limitBefore = limit;
    this.since = now;
    return Math.min(limit, this.#probeConcurrency);
  }

  #endProbe(limit: number, { now, medianMs }: LimitSample): number {
    this.#probing = false;
    this.#bestMs = medianMs;
    this.#probeAt = now + this.#probeEveryMs * (1 + 0.15 * this.#random());
    this.since = now;
    return Math.max(limit, this.#limitBefore);
  }
}
