import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../testing/index.ts';
import { exponential, type Jitter, linear } from './backoff.ts';

const setUp = fc.record({
  base: fc.integer({ min: 1, max: 1_000 }),
  more: fc.integer({ min: 0, max: 100_000 }),
  factor: fc.double({ min: 1, max: 5, noNaN: true }),
  attempt: fc.integer({ min: 1, max: 100 }),
  previous: fc.integer({ min: 0, max: 100_000 }),
  seed: fc.integer(),
});

test.each<[Jitter, (full: number) => number]>([
  ['none', (full) => full],
  ['full', () => 0],
  ['equal', (full) => full / 2],
])('%s jitter stays between its least and the backoff', (jitter, least) => {
  fc.assert(
    fc.property(setUp, ({ base, more, factor, attempt, previous, seed }) => {
      const max = base + more;
      const delay = exponential({ base, max, factor, jitter })(attempt, previous, seededRandom(seed));
      const full = Math.min(max, base * factor ** (attempt - 1));
      expect(delay).toBeGreaterThanOrEqual(least(full));
      expect(delay).toBeLessThanOrEqual(full);
    }),
  );
});

test('decorrelated jitter stays between the base and three times the wait before', () => {
  fc.assert(
    fc.property(setUp, ({ base, more, previous, seed }) => {
      const max = base + more;
      const delay = exponential({ base, max, jitter: 'decorrelated' })(1, previous, seededRandom(seed));
      expect(delay).toBeGreaterThanOrEqual(base);
      expect(delay).toBeLessThanOrEqual(Math.min(max, Math.max(base, 3 * previous)));
    }),
  );
});

test('full jitter is spread evenly: its mean is half the backoff', () => {
  const random = seededRandom(7);
  const backoff = exponential({ base: 1_000, jitter: 'full' });
  const delays = Array.from({ length: 20_000 }, () => backoff(1, 0, random));
  expect(delays.reduce((sum, delay) => sum + delay, 0) / delays.length).toBeCloseTo(500, -1);
});

test('a linear backoff adds the same each time, up to its most', () => {
  const backoff = linear({ base: 100, step: 50, max: 180, jitter: 'none' });
  expect([1, 2, 3, 4].map((attempt) => backoff(attempt, 0, () => 0.5))).toEqual([100, 150, 180, 180]);
});
