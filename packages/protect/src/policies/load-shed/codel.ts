/**
 * CoDel, controlled delay: tells a queue that is merely bursty from one that stands. In each interval it looks for the
 * shortest wait; when even that is longer than the target, the queue stands, and whoever waited much longer than the
 * target is let go. It learns no baseline, so nothing in it can drift.
 *
 * Source: K. Nichols and V. Jacobson, "Controlling Queue Delay", ACM Queue, 2012; the form for request queues of
 * Facebook's folly (folly/executors/Codel), which drops by delay at the interval's verdict.
 */
export class Codel {
  readonly #targetMs: number;
  readonly #intervalMs: number;
  #intervalEndsAt = Number.NEGATIVE_INFINITY;
  #shortestMs = Number.POSITIVE_INFINITY;
  #standing = false;
  #servedAtOnceBefore = 0;

  /**
   * @param targetMs - the wait that is still fine
   * @param intervalMs - how long a burst may last
   */
  constructor(targetMs: number, intervalMs: number) {
    this.#targetMs = targetMs;
    this.#intervalMs = intervalMs;
  }

  /** Whether the queue stands. */
  get standing(): boolean {
    return this.#standing;
  }

  /**
   * Hears how long someone waited who is to be served at `now`; true when it should be let go instead.
   *
   * @param servedAtOnce - how many were served without any wait so far
   */
  shouldShed(waitedMs: number, now: number, servedAtOnce = 0): boolean {
    if (now >= this.#intervalEndsAt) {
      const emptied = servedAtOnce !== this.#servedAtOnceBefore;
      // After an idle time the last interval says nothing about now.
      const recent = now < this.#intervalEndsAt + this.#intervalMs;
      this.#standing = recent && !emptied && this.#shortestMs > this.#targetMs;
      this.#servedAtOnceBefore = servedAtOnce;
      this.#intervalEndsAt = now + this.#intervalMs;
      this.#shortestMs = waitedMs;
    } else if (waitedMs < this.#shortestMs) {
      this.#shortestMs = waitedMs;
    }
    return this.#standing && waitedMs > 2 * this.#targetMs;
  }
}
