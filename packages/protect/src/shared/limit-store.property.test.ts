import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takePermits } from './limit-store.ts';

const rules = fc.record({
  limit: fc.integer({ min: 1, max: 50 }),
  perMs: fc.integer({ min: 1, max: 2_000 }),
  burst: fc.integer({ min: 1, max: 60 }),
});
const asks = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 300 }), permits: fc.integer({ min: 0, max: 30 }) }),
  {
    maxLength: 60,
  },
);

/** A bucket in whole numbers, one permit at a time: it earns `limit` for each millisecond, and a permit costs `perMs`. */
class NaiveBucket {
  readonly #limit: number;
  readonly #perMs: number;
  readonly #room: number;
  #level: number;
  #at = 0;

  constructor(limit: number, perMs: number, burst: number) {
    this.#limit = limit;
    this.#perMs = perMs;
    this.#room = burst * perMs;
    this.#level = this.#room;
  }

  take(now: number, permits: number): number {
    this.#level = Math.min(this.#room, this.#level + (now - this.#at) * this.#limit);
    this.#at = now;
    let granted = 0;
    while (granted < permits && this.#level >= this.#perMs) {
      this.#level -= this.#perMs;
      granted++;
    }
    return granted;
  }
}

test('grants exactly what a bucket grants that counts in whole numbers, one permit at a time', () => {
  fc.assert(
    fc.property(rules, asks, ({ limit, perMs, burst }, asked) => {
      const emissionMs = perMs / limit;
      const rule = { name: 'l', emissionMs, toleranceMs: emissionMs * burst };
      const naive = new NaiveBucket(limit, perMs, burst);
      let fullAt: number | undefined;
      let now = 0;
      for (const { afterMs, permits } of asked) {
        now += afterMs;
        const step = takePermits(fullAt, now, rule, permits);
        expect(step.granted).toBe(naive.take(now, permits));
        ({ fullAt } = step);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('tells to the moment when the next permit is there', () => {
  fc.assert(
    fc.property(rules, asks, ({ limit, perMs, burst }, asked) => {
      const emissionMs = perMs / limit;
      const rule = { name: 'l', emissionMs, toleranceMs: emissionMs * burst };
      let fullAt: number | undefined;
      let now = 0;
      for (const { afterMs, permits } of asked) {
        now += afterMs;
        const step = takePermits(fullAt, now, rule, permits);
        ({ fullAt } = step);
        if (step.retryAfterMs === 0) {
          expect(takePermits(fullAt, now, rule, 1).granted).toBe(1);
        } else {
          expect(takePermits(fullAt, now + step.retryAfterMs * 0.99 - 1e-3, rule, 1).granted).toBe(0);
          expect(takePermits(fullAt, now + step.retryAfterMs, rule, 1).granted).toBe(1);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a clock that is set back uses the limit up, and no more', () => {
  const rule = { name: 'l', emissionMs: 10, toleranceMs: 100 };
  const { fullAt } = takePermits(undefined, 3_600_000, rule, 3);
  expect(takePermits(fullAt, 0, rule, 1)).toMatchObject({ granted: 0, retryAfterMs: 10 });
});
