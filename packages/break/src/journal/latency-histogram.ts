/**
 * How latencies are written down: a log-linear histogram in integers, so that samples can be added up without loss and
 * a percentile over any time is as exact as one over a single sample. Below 128 µs every microsecond has a bucket of
 * its own; above, a bucket is at most 1/64 as wide as its latencies are long.
 */

/** The buckets that hold something: index and count, in turn, the indexes ascending. */
export type LatencyBuckets = readonly number[];

const subBucketsLog2 = 6;
const subBuckets = 1 << subBucketsLog2;
/** About 35 minutes; what is longer counts as this long. */
const latencyUsMax = 2 ** 31 - 1;

/** The bucket of a latency in milliseconds. */
export function bucketOf(latencyMs: number): number {
  const us = latencyMs > 0 ? Math.min(latencyUsMax, Math.round(latencyMs * 1_000)) : 0;
  const shift = Math.max(0, 31 - Math.clz32(us) - subBucketsLog2);
  return shift * subBuckets + (us >>> shift);
}

/** The longest latency of a bucket, in milliseconds: what a percentile that falls into it is said to be. */
export function bucketTopMs(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / subBuckets) - 1);
  const sub = bucket - shift * subBuckets;
  return ((sub + 1) * 2 ** shift - 1) / 1_000;
}

/** Counts latencies; recording one is a handful of integer operations. */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #count = 0;
  #maxMs: number | undefined;

  /** How many latencies were counted. */
  get count(): number {
    return this.#count;
  }

  /** The longest, exactly. */
  get maxMs(): number | undefined {
    return this.#maxMs;
  }

  /** Counts one latency, in milliseconds. */
  record(latencyMs: number): void {
    this.#addToBucket(bucketOf(latencyMs), 1);
    this.#raiseMax(latencyMs);
  }

  /** Counts what another histogram has counted. */
  add(buckets: LatencyBuckets, maxMs: number | undefined): void {
    for (let i = 0; i + 1 < buckets.length; i += 2) {
      this.#addToBucket(buckets[i] as number, buckets[i + 1] as number);
    }
    if (maxMs !== undefined) this.#raiseMax(maxMs);
  }

  /**
   * The latency within which a share of all calls stayed, in milliseconds: the nearest rank, at most 1/64 too long.
   *
   * @param quantile - from 0 to 1, such as 0.99
   * @returns `undefined` when nothing was counted
   */
  quantileMs(quantile: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(quantile * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#ascending()) {
      seen += count;
      if (seen >= rank) return Math.min(bucketTopMs(bucket), this.#maxMs ?? Number.POSITIVE_INFINITY);
    }
    return this.#maxMs;
  }

  /** What the journal holds. */
  buckets(): LatencyBuckets {
    return this.#ascending().flat();
  }

  #ascending(): [number, number][] {
    return [...this.#counts].sort((a, b) => a[0] - b[0]);
  }

  #addToBucket(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#count += count;
  }

  #raiseMax(latencyMs: number): void {
    if (this.#maxMs === undefined || latencyMs > this.#maxMs) this.#maxMs = latencyMs;
  }
}
