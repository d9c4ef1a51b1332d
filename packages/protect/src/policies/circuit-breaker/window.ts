/**
 * What happened lately, in memory that never grows and at a cost that does not depend on how much happened.
 */

/** Counts of calls. */
class Counts {
  calls = 0;
  failures = 0;
  slow = 0;

  /** @param by - 1 to count a call, -1 to take it back */
  count(failed: boolean, slow: boolean, by: 1 | -1): void {
    this.calls += by;
    if (failed) this.failures += by;
    if (slow) this.slow += by;
  }

  clear(): void {
    this.calls = this.failures = this.slow = 0;
  }
}

/** Counts calls over a sliding window. */
export interface CallWindow extends Readonly<Pick<Counts, 'calls' | 'failures' | 'slow'>> {
  /** Counts a call at time `now` (milliseconds, monotonic). */
  add(now: number, failed: boolean, slow: boolean): void;
  /** Brings the counts up to `now`: drops what has left the window. */
  advance(now: number): void;
  clear(): void;
}

/** The last `size` calls. */
export class CountWindow extends Counts implements CallWindow {
  readonly #ring: Uint8Array;
  #next = 0;

  constructor(size: number) {
    super();
    this.#ring = new Uint8Array(size);
  }

  add(_now: number, failed: boolean, slow: boolean): void {
    const ring = this.#ring;
    const oldest = ring[this.#next]!;
    if (this.calls === ring.length) this.count((oldest & 1) > 0, oldest > 1, -1);
    this.count(failed, slow, 1);
    ring[this.#next] = (failed ? 1 : 0) | (slow ? 2 : 0);
    this.#next = this.#next + 1 === ring.length ? 0 : this.#next + 1;
  }

  advance(): void {}
}

/** How many slices a time window has: it slides in steps of a tenth. */
export const windowSlices = 10;

/**
 * The last `durationMs` milliseconds, in ten slices: a call is forgotten between nine tenths of the duration and the
 * whole of it after it was counted.
 */
export class TimeWindow extends Counts implements CallWindow {
  readonly #sliceMs: number;
  readonly #slices = Array.from({ length: windowSlices }, () => new Counts());
  /** The number of the slice that is filled now, counted from time 0. */
  #slice = -1;
  /** When the current slice ends; spares a division a call. */
  #sliceEndsAt = Number.NEGATIVE_INFINITY;

  constructor(durationMs: number) {
    super();
    this.#sliceMs = durationMs / windowSlices;
  }

  add(now: number, failed: boolean, slow: boolean): void {
    this.advance(now);
    this.count(failed, slow, 1);
    this.#slices[this.#slice % windowSlices]!.count(failed, slow, 1);
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

  override clear(): void {
    super.clear();
    for (const slice of this.#slices) slice.clear();
  }

  #drop(at: number): void {
    const gone = this.#slices[at]!;
    this.calls -= gone.calls;
    this.failures -= gone.failures;
    this.slow -= gone.slow;
    gone.clear();
  }
}
