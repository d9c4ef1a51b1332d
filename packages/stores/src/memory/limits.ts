/** Rate limits in the memory of one process: for tests, and for several pipelines of a process that share a limit. */
import { type Clock, monotonicClock, OptionsError } from '@seaworthy/protect';
import { StoreUnavailableError } from '@seaworthy/protect/store';
import { type LimitStore, takePermits } from '@seaworthy/protect/shared';

/** How limits in memory are set up. */
export interface MemoryLimitsOptions {
  /** Default: the real, monotonic clock. */
  readonly clock?: Clock;
  /** Keys that are counted at the same time, from 1; a new one beyond it fails with STORE_UNAVAILABLE. Default 100,000. */
  readonly maxKeys?: number;
}

/**
 * Counts limits in this process.
 *
 * @throws OptionsError
 * @example sharedRateLimit({ limit: 100, store: memoryLimits() })
 */
export function memoryLimits(options: MemoryLimitsOptions = {}): LimitStore {
  const keysMax = options.maxKeys ?? 100_000;
  if (!Number.isSafeInteger(keysMax) || keysMax < 1) {
    throw new OptionsError('maxKeys', keysMax, 'a whole number of at least 1');
  }
  const clock = options.clock ?? monotonicClock;
  const fullAt = new Map<string, number>();

  function makeRoom(now: number): void {
    if (fullAt.size < keysMax) return;
    // A limit that is full again is as one that was never used.
    for (const [key, at] of fullAt) if (at <= now) fullAt.delete(key);
    if (fullAt.size >= keysMax) {
      throw new StoreUnavailableError('memory', `it counts ${keysMax} keys, which is all it may`);
    }
  }

  return Object.freeze({
    name: 'memory',
    async take(rule, wants) {
      const now = clock.now();
      return wants.map(({ key, permits }) => {
        const at = JSON.stringify([rule.name, key]);
        const before = fullAt.get(at);
        const step = takePermits(before, now, rule, permits);
        if (before === undefined && step.granted > 0) makeRoom(now);
        if (step.granted > 0) fullAt.set(at, step.fullAt);
        return { granted: step.granted, retryAfterMs: step.retryAfterMs };
      });
    },
  } satisfies LimitStore);
}
