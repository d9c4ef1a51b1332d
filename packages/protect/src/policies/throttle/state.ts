/**
 * Client-side adaptive throttling as a synchronous state machine: two sums over a sliding window, in fixed memory.
 *
 * Source: Google, "Site Reliability Engineering", chapter 21, "Client-Side Throttling".
 */
import type { Random } from '../../kernel/random.ts';

/** The rules of a throttle, checked and in milliseconds. */
export interface ThrottleRules {
  /** Calls made for each one that the other side accepts, from 1. */
  readonly k: number;
  readonly windowMs: number;
  /** No call is held back on fewer requests in the window. */
  readonly minimumCalls: number;
  /** The greatest share of calls that is held back. */
  readonly rejectionMax: number;
}

/** How many slices the window has: it slides in steps of a fortieth. */
export const throttleSlices = 40;

export class Throttle {
  readonly #rules: ThrottleRules;
  readonly #random: Random;
  readonly #sliceMs: number;
  readonly #requestsBySlice = new Float64Array(throttleSlices);
  readonly #acceptsBySlice = new Float64Array(throttleSlices);
  #slice = 0;
  /** When the current slice ends; spares a division a call. */
  #sliceEndsAt = Number.NEGATIVE_INFINITY;
  #requests = 0;
  #accepts = 0;

  constructor(rules: ThrottleRules, random: Random) {
    this.#rules = rules;
    this.#random = random;
    this.#sliceMs = rules.windowMs / throttleSlices;
  }

  /** Calls of the window that have ended, and those that were held back. */
  get requests(): number {
    return this.#requests;
  }

  /** Those of them that the other side accepted. */
  get accepts(): number {
    return this.#accepts;
  }

  /** The share of calls to hold back at `now`. */
  probability(now: number): number {
    this.#advance(now);
    const { k, minimumCalls, rejectionMax } = this.#rules;
    const surplus = this.#requests - k * this.#accepts;
    if (surplus <= 0 || this.#requests < minimumCalls) return 0;
    return Math.min(rejectionMax, surplus / (this.#requests + 1));
  }

  /**
   * Decides on a call at `now`. A call that is held back counts as a request that was not accepted, so that the share
   * follows the demand.
   *
   * @returns 0 when the call may be made, else the probability with which it was held back
   */
  tryAcquire(now: number): number {
    const probability = this.probability(now);
    if (probability === 0 || this.#random() >= probability) return 0;
    this.#add(0);
    return probability;
  }

  /** Tells whether the other side accepted a call that was made. Those still under way have not been turned away. */
  record(accepted: boolean, now: number): void {
    this.#advance(now);
    this.#add(accepted ? 1 : 0);
  }

  #add(accepted: number): void {
    const at = this.#slice % throttleSlices;
    this.#requests++;
    this.#requestsBySlice[at]!++;
    this.#accepts += accepted;
    this.#acceptsBySlice[at]! += accepted;
  }

  #advance(now: number): void {
    if (now < this.#sliceEndsAt) return;
    const slice = Math.floor(now / this.#sliceMs);
    // After a long idle time everything has left the window at once.
    const gone = Math.min(throttleSlices, slice - this.#slice);
    for (let i = slice - gone + 1; i <= slice; i++) {
      const at = i % throttleSlices;
      this.#requests -= this.#requestsBySlice[at]!;
      this.#accepts -= this.#acceptsBySlice[at]!;
      this.#requestsBySlice[at] = this.#acceptsBySlice[at] = 0;
    }
    this.#slice = slice;
    this.#sliceEndsAt = (slice + 1) * this.#sliceMs;
  }
}
