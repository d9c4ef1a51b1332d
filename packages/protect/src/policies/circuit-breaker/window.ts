/**
 * What happened lately, in memory that never grows and at a cost that does not depend on how much happened.
 */

/** Counts of calls. */
interface WindowCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** Counts calls over a sliding window. */
export interface CallWindow extends WindowCounts {
  /** Counts a call at time `now` (milliseconds, monotonic). */
  add(now: number, failed: boolean, slow: boolean): void;
  /** Brings the counts up to `now`: drops what has left the window. */
  advance(now: number): void;
  clear(): void;
}

/** The last `size` calls. */
export class CountWindow implements CallWindow {
  calls = 0;
  failures = 0;
  slow = 0;
  readonly #ring: Uint8Array;
  #next = 0;

  constructor(size: number) {
    this.#ring = new Uint8Array(size);
  }

  add(_now: number, failed: boolean, slow: boolean): void {
    if (this.calls === this.#ring.length) {
      const oldest = this.#ring[this.#next]!;
      this.failures -= oldest & 1;
      this.slow -= oldest >> 1;
    } else {
      this.calls++;
    }
    this.#ring[this.#next] = (failed ? 1 : 0) | (slow ? 2 : 0);
    this.#next = this.#next + 1 === this.#ring.length ? 0 : this.#next + 1;
    if (failed) this.failures++;
    if (slow) this.slow++;
  }

  advance(): void {}

  clear(): void {
    this.calls = this.failures = this.slow = this.#next = 0;
  }
}

/** How many slices a time window has: it slides in steps of a tenth. */
export const windowSlices = 10;

/**
 * The last `durationMs` milliseconds, in ten slices: a call is forgotten between nine tenths of the duration and the
 * whole of it after it was counted.
 */
export class TimeWindow implements CallWindow {
  calls = 0;
  failures = 0;
  slow = 0;
  readonly #sliceMs: number;
  readonly #calls = new Float64Array(windowSlices);
  readonly #failures = new Float64Array(windowSlices);
  readonly #slow = new Float64Array(windowSlices);
  /** The number of the slice that is filled now, counted from time 0. */
  #slice = -1;
  /** When the current slice ends; spares a division a call. */
  #sliceEndsAt = Number.NEGATIVE_INFINITY;

  constructor(durationMs: number) {
    this.#sliceMs = durationMs / windowSlices;
  }

  add(now: number, failed: boolean, slow: boolean): void {
    this.advance(now);
    const at = this.#slice % windowSlices;
    this.calls++;
    this.#calls[at]!++;
    if (failed) {
      this.failures++;
      this.#failures[at]!++;
    }
    if (slow) {
      this.slow++;
      this.#slow[at]!++;
    }
  }

  advance(now: number): void {
    if (now < this.#sliceEndsAt) return;
    const slice = Math.floor(now / this.#sliceMs);
    // After a long idle time everything has left the window at once.
    if (slice - this.#slice >= windowSlices) this.clear();
    else for (let gone = this.#slice + 1; gone <= slice; gone++) this.#drop(gone % windowSlices);
    this.#slice = slice;
    this.#sliceEndsAt = (slice + 1) * this.#sliceMs;
  }

  clear(): void {
    this.calls = this.failures = this.slow = 0;
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#slow.fill(0);
  }

  #drop(at: number): void {
    this.calls -= this.#calls[at]!;
    this.failures -= this.#failures[at]!;
    this.slow -= this.#slow[at]!;
    this.#calls[at] = this.#failures[at] = this.#slow[at] = 0;
  }
}
