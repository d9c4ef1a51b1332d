/**
 * What a call to a server is likely to take until it succeeds.
 *
 * The latency is a moving average that rises at once and falls slowly: a slow answer is believed, a fast one only by
 * and by. It fades while nothing is heard, so that a server that was slow is tried again. Failures do not count as
 * fast answers: the share of calls that succeeded divides the latency, else a server that fails at once would look the
 * fastest and draw all calls to itself.
 *
 * Source: the "Peak EWMA" of Finagle's load balancers (twitter/finagle, PeakEwma.scala), with its mean lifetime of 10 s
 * and its penalty for a second call to a server of which nothing is known. There the average also fades between two
 * answers that are near; here only by the time without any.
 */

/** The mean lifetime of what is remembered. */
const lifetimeMs = 10_000;
/** No latency is taken for shorter: clocks are no finer. */
const latencyMsLeast = 0.1;
/** What is assumed of a server whose first call failed. */
const failedMs = 1_000;
/** More than any latency, so that a server of which nothing is known gets one call at a time. */
const penalty = 1e12;
/** By how much of the way one outcome moves the share of successes. */
const step = 1 / 8;

export class ExpectedTime {
  /** The average latency when it was last heard of, in milliseconds; 0 when nothing is known. */
  latencyMs = 0;
  /** The share of calls that succeeded, lately. */
  successShare = 1;
  #heardAt = 0;

  /** A call succeeded after `ms`. */
  succeeded(ms: number, now: number): void {
    const left = this.#left(now);
    const latencyMs = Math.max(ms, latencyMsLeast);
    this.latencyMs = latencyMs > this.latencyMs ? latencyMs : this.latencyMs * left + latencyMs * (1 - left);
    this.#moveShare(left, 1);
    this.#heardAt = now;
  }

  /** A call failed after `ms`: whether it would have been faster is not known. */
  failed(ms: number, now: number): void {
    this.latencyMs = Math.max(ms, this.latencyMs === 0 ? failedMs : this.latencyMs);
    this.#moveShare(this.#left(now), 0);
    this.#heardAt = now;
  }

  /** A call was given up after `ms`: it would have taken at least so long. */
  gaveUp(ms: number, now: number): void {
    if (this.latencyMs === 0 || ms <= this.latencyMs * this.#left(now)) return;
    this.#moveShare(this.#left(now), this.successShare);
    this.latencyMs = ms;
    this.#heardAt = now;
  }

  /** What one more call would take, with `inFlight` under way: the higher, the worse the choice. */
  load(inFlight: number, now: number): number {
    if (this.latencyMs === 0) return inFlight === 0 ? 0 : penalty + inFlight;
    const left = this.#left(now);
    const share = 1 - (1 - this.successShare) * left;
    return (this.latencyMs * left * (inFlight + 1)) / Math.max(share, 0.01);
  }

  /** What is left of what was known, from 1 to 0. */
  #left(now: number): number {
    return now > this.#heardAt ? Math.exp((this.#heardAt - now) / lifetimeMs) : 1;
  }

  #moveShare(left: number, towards: number): void {
    const share = 1 - (1 - this.successShare) * left;
    this.successShare = share + (towards - share) * step;
  }
}
