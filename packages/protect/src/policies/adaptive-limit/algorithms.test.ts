import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../testing/index.ts';
import { Aimd } from './aimd.ts';
import type { LimitAlgorithm, LimitSample } from './algorithm.ts';
import { EnvoyGradient } from './envoy-gradient.ts';
import { Gradient2 } from './gradient2.ts';
import { Vegas } from './vegas.ts';

const sample = (meanMs: number, inFlightMax: number, more: Partial<LimitSample> = {}): LimitSample => ({
  now: 0,
  meanMs,
  medianMs: meanMs,
  inFlightMax,
  dropped: false,
  ...more,
});

describe('AIMD', () => {
  const aimd = new Aimd(1_000, 100);

  it('adds one after a good window, and takes a tenth after a bad one', () => {
    expect(aimd.next(20, sample(50, 20))).toBe(21);
    expect(aimd.next(20, sample(101, 20))).toBe(18);
    expect(aimd.next(20, sample(50, 20, { dropped: true }))).toBe(18);
  });

  it('does not grow while less than half of the limit is used', () => {
    expect(aimd.next(20, sample(50, 10))).toBe(21);
    expect(aimd.next(20, sample(50, 9))).toBe(20);
  });
});

describe('Vegas', () => {
  const after = (limit: number, bestMs: number, next: LimitSample) => {
    const vegas = new Vegas(1_000, () => 0.5);
    vegas.next(limit, sample(bestMs, limit));
    return vegas.next(limit, next);
  };

  // With a limit of 100: log10 is 2, so that alpha is 6 and beta 12.
  it.each([
    ['grows fast with hardly a queue', 10, 110 + 2],
    ['grows slowly with a short one', 10.4, 102],
    ['stays with a middling one', 11, 100],
    ['shrinks with a long one', 20, 98],
  ])('%s', (_what, meanMs, expected) => {
    expect(after(100, 10, sample(meanMs, 100))).toBe(expected);
  });

  it('shrinks when calls were dropped', () => {
    expect(after(100, 10, sample(10, 100, { dropped: true }))).toBe(98);
  });

  it('does not grow while less than half of the limit is used, but shrinks', () => {
    expect(after(100, 10, sample(10, 49))).toBe(100);
    expect(after(100, 10, sample(20, 49))).toBe(98);
  });

  it('measures the best time anew after a while, so that a lasting change is learnt', () => {
    const vegas = new Vegas(1_000, () => 0.5);
    vegas.next(1, sample(10, 1));
    const steps = Array.from({ length: 30 }, () => vegas.next(1, sample(100, 1)));
    // 100 ms against 10 ms is no queue at a limit of 1, and then it is the best time itself.
    expect(steps.filter((limit) => limit === 1)).toHaveLength(1);
  });
});

describe('Gradient2', () => {
  it('grows by its room to queue while times are as usual, a fifth at a time', () => {
    const gradient = new Gradient2(1_000);
    expect(gradient.next(20, sample(10, 20))).toBeCloseTo(20.8);
  });

  it('halves at most, a fifth at a time, when times are far above the long run', () => {
    const gradient = new Gradient2(1_000);
    for (let i = 0; i < 100; i++) gradient.next(100, sample(10, 100));
    expect(gradient.next(100, sample(1_000, 100))).toBeCloseTo(80 + 0.2 * (50 + 4));
  });

  it('tolerates times half again as long', () => {
    const gradient = new Gradient2(1_000);
    for (let i = 0; i < 100; i++) gradient.next(100, sample(10, 100));
    expect(gradient.next(100, sample(14.9, 100))).toBeGreaterThan(100);
  });

  it('does not move while less than half of the limit is used', () => {
    expect(new Gradient2(1_000).next(20, sample(10, 9))).toBe(20);
  });

  it('follows times that have become much shorter', () => {
    const gradient = new Gradient2(1_000);
    for (let i = 0; i < 10; i++) gradient.next(20, sample(100, 20));
    for (let i = 0; i < 60; i++) gradient.next(20, sample(10, 20));
    expect(gradient.next(20, sample(40, 20))).toBeLessThan(20.8);
  });
});

describe('the Envoy gradient', () => {
  const settled = (limit: number, bestMs: number) => {
    const envoy = new EnvoyGradient(100, 3, 60_000, () => 0);
    expect(envoy.begin(limit)).toBe(Math.min(3, limit));
    expect(envoy.samplesMin).toBe(50);
    expect(envoy.next(3, sample(bestMs, 3))).toBe(limit);
    expect(envoy.samplesMin).toBe(10);
    return envoy;
  };

  it('measures the best time with few calls, then goes on with the limit of before', () => {
    settled(20, 10);
  });

  it('multiplies by the gradient and leaves room for the root', () => {
    // 1.25 x 10 / 12.5 = 1
    expect(settled(16, 10).next(16, sample(12.5, 16))).toBeCloseTo(20);
    expect(settled(16, 10).next(16, sample(1, 16))).toBeCloseTo(32 + Math.sqrt(32));
    expect(settled(16, 10).next(16, sample(100, 16))).toBeCloseTo(8 + Math.sqrt(8));
  });

  it('does not grow while less than half of the limit is used', () => {
    expect(settled(16, 10).next(16, sample(10, 7))).toBe(16);
  });

  it('measures anew after its time, on calls begun since then', () => {
    const envoy = settled(20, 10);
    expect(envoy.next(20, sample(10, 20, { now: 60_000 }))).toBe(3);
    expect(envoy.since).toBe(60_000);
    expect(envoy.next(3, sample(30, 3, { now: 60_500 }))).toBe(20);
    // 30 ms is the best time now, so that 30 ms is no reason to shrink.
    expect(envoy.next(20, sample(30, 20, { now: 60_600 }))).toBeGreaterThan(20);
  });

  it('doubts a best time that has kept the limit at its lowest', () => {
    const envoy = settled(3, 10);
    for (let i = 0; i < 4; i++) envoy.next(2, sample(100, 2, { now: i }));
    expect(envoy.samplesMin).toBe(10);
    envoy.next(2, sample(100, 2, { now: 5 }));
    expect(envoy.samplesMin).toBe(50);
  });
});

describe('every algorithm', () => {
  const anySample = fc.record({
    now: fc.integer({ min: 0, max: 1e6 }),
    meanMs: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    medianMs: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    inFlightMax: fc.integer({ min: 0, max: 1_000 }),
    dropped: fc.boolean(),
  });
  const makers: Readonly<Record<string, () => LimitAlgorithm>> = {
    aimd: () => new Aimd(1_000, 100),
    vegas: () => new Vegas(1_000, seededRandom(1)),
    gradient2: () => new Gradient2(1_000),
  };

  it.each(Object.keys(makers))('%s gives a number, and does not grow while the limit is not used', (name) => {
    fc.assert(
      fc.property(fc.array(anySample, { maxLength: 50 }), (samples) => {
        const algorithm = makers[name]!();
        let limit = 20;
        for (const each of samples) {
          const next = algorithm.next(limit, each);
          expect(Number.isFinite(next)).toBe(true);
          if (each.inFlightMax < limit / 2) expect(next).toBeLessThanOrEqual(limit);
          limit = Math.min(1_000, Math.max(1, next));
        }
      }),
    );
  });
});
