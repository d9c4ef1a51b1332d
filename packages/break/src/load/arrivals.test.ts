import { assert, constantFrom, double, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { arrivals } from './arrivals.ts';
import { seededRandom } from './seeded-random.ts';

function dueTimes(options: Parameters<typeof arrivals>[0], count: number): number[] {
  const schedule = arrivals(options);
  return Array.from({ length: count }, () => {
    const dueMs = schedule.nextMs;
    schedule.advance();
    return dueMs;
  });
}

test('constant spacing leaves equal gaps', () => {
  const schedule = {
    ratePerSecond: 100,
    spacing: 'constant',
    random: seededRandom(1),
    startMs: 1_000,
  } as const;
  expect(dueTimes(schedule, 3)).toEqual([1_010, 1_020, 1_030]);
});

test('the same seed gives the same schedule, another seed another one', () => {
  const of = (seed: number) =>
    dueTimes({ ratePerSecond: 100, spacing: 'poisson', random: seededRandom(seed), startMs: 0 }, 50);
  expect(of(7)).toEqual(of(7));
  expect(of(7)).not.toEqual(of(8));
});

test('random spacing keeps the mean, with the spread of independent arrivals', () => {
  const count = 100_000;
  const times = dueTimes(
    { ratePerSecond: 1_000, spacing: 'poisson', random: seededRandom(3), startMs: 0 },
    count,
  );
  const gaps = times.map((ms, index) => ms - (times[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / count;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / count);
  expect(mean).toBeCloseTo(1, 1);
  expect(deviation).toBeCloseTo(1, 1);
});

test('requests never fall due backwards, whatever happens to the rate', () => {
  const rate = double({ min: 0, max: 10_000, noNaN: true });
  assert(
    property(integer(), constantFrom('poisson', 'constant'), rate, rate, (seed, spacing, first, second) => {
      const schedule = arrivals({ ratePerSecond: first, spacing, random: seededRandom(seed), startMs: 0 });
      let lastMs = 0;
      for (let i = 0; i < 20; i++) {
        if (i === 10) schedule.setRate(second, lastMs);
        expect(schedule.nextMs).toBeGreaterThanOrEqual(lastMs);
        if (schedule.nextMs === Number.POSITIVE_INFINITY) continue;
        lastMs = schedule.nextMs;
        schedule.advance();
      }
    }),
  );
});

test('a spike begins at once, however slow the load was before', () => {
  const schedule = arrivals({
    ratePerSecond: 0.01,
    spacing: 'constant',
    random: seededRandom(1),
    startMs: 0,
  });
  schedule.setRate(100, 500);
  expect(schedule.nextMs).toBe(510);
  schedule.setRate(0, 505);
  expect(schedule.nextMs).toBe(Number.POSITIVE_INFINITY);
  schedule.setRate(10, 600);
  expect(schedule.nextMs).toBe(700);
});

test('what is due already stays due when the rate falls', () => {
  const schedule = arrivals({ ratePerSecond: 100, spacing: 'constant', random: seededRandom(1), startMs: 0 });
  schedule.setRate(1, 50);
  expect(schedule.nextMs).toBe(10);
});
