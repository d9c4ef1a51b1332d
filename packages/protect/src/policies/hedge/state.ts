/**
 * What a hedge decides for all calls of a pipeline: how long an attempt has before another is started beside it, and
 * whether there is budget for one.
 */
import { LatencyHistogram } from '../../kernel/latency-histogram.ts';
import type { RetryBudget } from '../../kernel/retry-budget.ts';

/** After how long the next attempt starts, checked and in milliseconds. */
export type HedgeDelay =
  | { readonly afterMs: number }
  | { readonly percentile: number; readonly leastMs: number; readonly mostMs: number };

/** A percentile is read anew after so many latencies. */
const readEvery = 32;

/**
 * The hedge as a synchronous state machine.
 *
 * Source: J. Dean and L. A. Barroso, "The Tail at Scale", Communications of the ACM, 2013.
 */
export class Hedger {
  readonly #delay: HedgeDelay;
  readonly #budget: RetryBudget;
  readonly #latencies: LatencyHistogram | undefined;
  /** Latencies that tell enough of the percentile: one of them lies above it. */
  readonly #enough: number;
  readonly #memory: number;
  #delayMs: number;
  #unread = 0;

  constructor(delay: HedgeDelay, budget: RetryBudget) {
    this.#delay = delay;
    this.#budget = budget;
    const measured = 'percentile' in delay;
    this.#latencies = measured ? new LatencyHistogram() : undefined;
    this.#enough = measured ? Math.ceil(1 / (1 - delay.percentile)) : 0;
    this.#memory = Math.max(1_000, 10 * this.#enough);
    this.#delayMs = measured ? delay.mostMs : delay.afterMs;
  }

  /** How long an attempt has now before the next one starts, in milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Further attempts that could be started now. */
  get balance(): number {
    return this.#budget.balance;
  }

  /** Pays in for a call. */
  begin(): void {
    this.#budget.deposit();
  }

  /** Takes a further attempt out of the budget; false when there is none. */
  tryHedge(): boolean {
    return this.#budget.tryWithdraw();
  }

  /**
   * Hears how long a first attempt took. One that was ended before it was done counts only if it had outlasted
   * `delayMs`, the delay that it was given: of a slow one it is enough to know that it was slower than the percentile.
   */
  record(elapsedMs: number, succeeded: boolean, delayMs: number): void {
    const latencies = this.#latencies;
    if (latencies === undefined || (!succeeded && elapsedMs < delayMs)) return;
    latencies.record(elapsedMs);
    this.#unread++;
    if (latencies.count < this.#enough || (this.#unread < readEvery && latencies.count > readEvery)) return;
    this.#unread = 0;
    const { percentile, leastMs, mostMs } = this.#delay as Extract<HedgeDelay, { percentile: number }>;
    this.#delayMs = Math.min(mostMs, Math.max(leastMs, latencies.quantileMs(percentile)));
    if (latencies.count >= 2 * this.#memory) latencies.fade();
  }
}
