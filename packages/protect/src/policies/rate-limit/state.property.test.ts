import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingWindow, TokenBucket } from './state.ts';

const anyGaps = fc.array(fc.nat(40), { minLength: 1, maxLength: 120 });

/** A bucket that is filled drop by drop and poured out in whole calls. */
class NaiveBucket {
  #tokens: number;
  #at = 0;
  readonly perMs: number;
  readonly burst: number;

  constructor(perMs: number, burst: number) {
    this.perMs = perMs;
    this.burst = burst;
    this.#tokens = burst;
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#at) * this.perMs);
    this.#at = now;
    if (this.#tokens < 1 - 1e-6) return false;
    this.#tokens = Math.max(0, this.#tokens - 1);
    return true;
  }
}

test('a token bucket equals a bucket that is filled and emptied', () => {
  fc.assert(
    fc.property(
      anyGaps,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 10 }),
      (gaps, limit, burst) => {
        const bucket = new TokenBucket(limit, 100, burst);
        const naive = new NaiveBucket(limit / 100, burst);
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          expect(bucket.take(now, 1, 0) === 0).toBe(naive.take(now));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('calls that wait for a token bucket are never closer than the burst and the rate allow', () => {
  const anyCalls = fc.array(fc.record({ gap: fc.nat(30), leaves: fc.boolean() }), { maxLength: 80 });
  fc.assert(
    fc.property(
      anyCalls,
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 5 }),
      (calls, limit, burst) => {
        const bucket = new TokenBucket(limit, 100, burst);
        const emissionMs = 100 / limit;
        const madeAt: number[] = [];
        let now = 0;
        for (const { gap, leaves } of calls) {
          now += gap;
          const waitMs = bucket.take(now, 1, 1_000);
          if (waitMs < 0) continue;
          // One who waits may give up before its turn; the turn is then somebody else's.
          if (waitMs > 0 && leaves) bucket.giveBack(1);
          else madeAt.push(now + waitMs);
        }
        madeAt.sort((a, b) => a - b);
        for (const [first, from] of madeAt.entries()) {
          for (let last = first; last < madeAt.length; last++) {
            const allowed = burst + (madeAt[last]! - from) / emissionMs;
            expect(last - first + 1).toBeLessThanOrEqual(allowed + 1e-3);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('what a refusal says of when to come again is true, and not a moment too late', () => {
  const limiters = (limit: number) => [new TokenBucket(limit, 100, limit), new SlidingWindow(limit, 100)];
  fc.assert(
    fc.property(anyGaps, fc.integer({ min: 1, max: 8 }), fc.constantFrom(0, 1), (gaps, limit, which) => {
      const limiter = limiters(limit)[which]!;
      const copyOf = (until: number) => {
        const copy = limiters(limit)[which]!;
        let at = 0;
        for (const gap of gaps) {
          at += gap;
          if (at > until) break;
          copy.take(at, 1, 0);
        }
        return copy;
      };
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const again = limiter.take(now, 1, 0);
        if (again === 0) continue;
        expect(copyOf(now).take(now - again + 1e-3, 1, 0)).toBe(0);
        if (-again > 0.02) expect(copyOf(now).take(now - again - 0.01, 1, 0)).toBeLessThan(0);
      }
    }),
    { numRuns: 300 },
  );
});

test('a sliding window equals a recount of the calls it let pass, the window before weighed by what is in sight', () => {
  fc.assert(
    fc.property(anyGaps, fc.integer({ min: 1, max: 10 }), (gaps, limit) => {
      const perMs = 100;
      const window = new SlidingWindow(limit, perMs);
      const passedAt: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const start = Math.floor(now / perMs) * perMs;
        const current = passedAt.filter((at) => at >= start).length;
        const previous = passedAt.filter((at) => at >= start - perMs && at < start).length;
        const seen = current + previous * (1 - (now - start) / perMs);
        const passes = window.take(now, 1) === 0;
        expect(passes).toBe(seen + 1 <= limit + 1e-9);
        if (passes) passedAt.push(now);
      }
    }),
    { numRuns: 500 },
  );
});

test('a sliding window lets at most the limit pass in each window, and twice the limit in any span as long', () => {
  fc.assert(
    fc.property(anyGaps, fc.integer({ min: 1, max: 10 }), (gaps, limit) => {
      const window = new SlidingWindow(limit, 100);
      const passedAt: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (window.take(now, 1) === 0) passedAt.push(now);
      }
      for (const from of passedAt) {
        const inSpan = passedAt.filter((at) => at >= from && at < from + 100);
        expect(inSpan.length).toBeLessThan(2 * limit + 1);
        const inWindow = passedAt.filter((at) => Math.floor(at / 100) === Math.floor(from / 100));
        expect(inWindow.length).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 300 },
  );
});
