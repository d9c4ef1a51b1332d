import { LatencyHistogram } from '../../kernel/latency-histogram.ts';
import type { LimitAlgorithm, LimitSample } from './algorithm.ts';

/**
 * Gathers what is measured until there is enough of it: single calls differ too much to steer by. On every tenth call
 * an unwindowed limit would turn calls away in a calm.
 */
export class SampleWindow {
  readonly #algorithm: LimitAlgorithm;
  readonly #histogram: LatencyHistogram | undefined;
  #endsAt = Number.NEGATIVE_INFINITY;
  #samples = 0;
  #measured = 0;
  #sumMs = 0;
  #inFlightMax = 0;
  #dropped = false;

  constructor(algorithm: LimitAlgorithm) {
    this.#algorithm = algorithm;
    this.#histogram = algorithm.median ? new LatencyHistogram() : undefined;
  }

  /** Hears how many calls are under way. */
  sawInFlight(calls: number): void {
    if (calls > this.#inFlightMax) this.#inFlightMax = calls;
  }

  /**
   * Hears of a call that ended at `now`.
   *
   * @param latencyMs - how long it took; `undefined` when that says nothing
   * @returns the sample when the window is over; its mean is 0 when there were drops only
   */
  add(now: number, latencyMs: number | undefined, dropped: boolean): LimitSample | undefined {
    if (this.#endsAt === Number.NEGATIVE_INFINITY) this.#endsAt = now + this.#algorithm.windowMs;
    this.#samples++;
    if (dropped) this.#dropped = true;
    if (latencyMs !== undefined) {
      this.#measured++;
      this.#sumMs += latencyMs;
      this.#histogram?.record(latencyMs);
    }
    if (now < this.#endsAt || this.#samples < this.#algorithm.samplesMin) return undefined;
    if (this.#measured === 0 && !this.#dropped) return undefined;
    return {
      now,
      meanMs: this.#measured === 0 ? 0 : Math.max(1e-3, this.#sumMs / this.#measured),
      medianMs: this.#histogram?.quantileMs(0.5) ?? 0,
      inFlightMax: this.#inFlightMax,
      dropped: this.#dropped,
    };
  }

  /** Begins the next window. */
  restart(now: number, running: number): void {
    this.#endsAt = now + this.#algorithm.windowMs;
    this.#samples = this.#measured = this.#sumMs = 0;
    this.#inFlightMax = running;
    this.#dropped = false;
    this.#histogram?.clear();
  }
}
