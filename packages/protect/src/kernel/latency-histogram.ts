/**
 * How latencies are spread, in memory that never grows: sixteen buckets for each doubling, from an eighth of a
 * millisecond to 17 minutes, so that what is read from it is at most 4.4 % too long.
 */

const bucketsPerDoubling = 16;
/** The bucket of one millisecond: three doublings lie below it. */
const bucketOfOne = 3 * bucketsPerDoubling;
const buckets = bucketOfOne + 20 * bucketsPerDoubling;

export class LatencyHistogram {
  readonly #counts = new Float32Array(buckets);
  #count = 0;

  /** Latencies counted, less what {@link fade} took. */
  get count(): number {
    return this.#count;
  }

  /** Counts one latency, in milliseconds. */
  record(latencyMs: number): void {
    this.#counts[bucketOf(latencyMs)]!++;
    this.#count++;
  }

  /**
   * The latency within which a share of all stayed, in milliseconds; 0 when nothing was counted. It takes one of a few
   * hundred values, so that time limits made from it can share timers.
   *
   * @param quantile - from 0 to 1, such as 0.95
   */
  quantileMs(quantile: number): number {
    if (this.#count === 0) return 0;
    // Sums of fractions fall a hair short of a whole.
    const rank = quantile * this.#count - 1e-6;
    let seen = 0;
    let bucket = 0;
    for (; bucket < buckets; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank && seen > 0) break;
    }
    return 2 ** ((bucket + 1 - bucketOfOne) / bucketsPerDoubling);
  }

  /** Halves every count, so that what comes from now on weighs more. */
  fade(): void {
    for (let bucket = 0; bucket < buckets; bucket++) this.#counts[bucket]! /= 2;
    this.#count /= 2;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }
}

function bucketOf(latencyMs: number): number {
  const bucket = Math.floor(Math.log2(latencyMs) * bucketsPerDoubling) + bucketOfOne;
  // Also where the logarithm is no number, as for 0.
  return bucket > 0 ? Math.min(bucket, buckets - 1) : 0;
}
