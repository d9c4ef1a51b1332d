import type { Random } from '@seaworthy/protect';

/**
 * The schedule of an open model: when each request falls due, whatever became of the ones before it.
 */
export interface Arrivals {
  /** When the next request is due, on the clock of `startMs`; `Infinity` while the rate is 0. */
  readonly nextMs: number;
  /** Moves on to the request after it. */
  advance(): void;
  /** From `nowMs` on requests come at this rate. */
  setRate(ratePerSecond: number, nowMs: number): void;
}

/** How the gaps between requests are chosen: random as independent people leave them, or equal. */
export type Spacing = 'poisson' | 'constant';

/** Makes the schedule; the first request is due one gap after `startMs`. */
export function arrivals(options: {
  readonly ratePerSecond: number;
  readonly spacing: Spacing;
  readonly random: Random;
  readonly startMs: number;
}): Arrivals {
  const { spacing, random } = options;
  let ratePerSecond = options.ratePerSecond;

  function gapMs(): number {
    if (ratePerSecond <= 0) return Number.POSITIVE_INFINITY;
    const meanMs = 1_000 / ratePerSecond;
    // `random()` may be 0 but never 1, so that the logarithm is finite.
    return spacing === 'constant' ? meanMs : -Math.log(1 - random()) * meanMs;
  }

  let nextMs = options.startMs + gapMs();
  return {
    get nextMs() {
      return nextMs;
    },
    advance() {
      nextMs += gapMs();
    },
    setRate(rate, nowMs) {
      if (rate === ratePerSecond) return;
      ratePerSecond = rate;
      // What is already due stays due. Of what is not, the gap is drawn anew: a slow schedule must not delay a spike.
      if (nextMs > nowMs) nextMs = nowMs + gapMs();
    },
  };
}
