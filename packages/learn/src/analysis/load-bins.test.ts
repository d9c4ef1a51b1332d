import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitrarySample } from '../testing/arbitrary-records.ts';
import { sampleOf } from '../testing/records.ts';
import { binLoad, binsMax, lengthOf, totalLoad, union } from './load-bins.ts';
import type { TimedSample } from './run.ts';

/** Samples one after the other with gaps, all within a minute. */
const samples: fc.Arbitrary<TimedSample[]> = fc
  .array(fc.tuple(arbitrarySample, fc.integer({ min: 0, max: 500 })), { minLength: 1, maxLength: 15 })
  .map((parts) => {
    let at = 0;
    return parts.map(([sample, gap]) => {
      const from = at + gap;
      at = from + sample.intervalMs;
      return { from, to: at, sample };
    });
  });

describe('binLoad', () => {
  it('counts over all bins what a naive recount of the samples counts', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 100, max: 2_000 }), (timed, binMs) => {
        const span = { from: 0, to: 60_000 };
        const bins = binLoad(timed, span, binMs);
        for (const key of ['due', 'good', 'bad', 'timedOut'] as const) {
          const naive = timed.reduce((sum, { sample }) => sum + sample[key], 0);
          expect(bins.reduce((sum, bin) => sum + bin[key], 0)).toBeCloseTo(naive, 6);
        }
      }),
    );
  });

  it('covers the span without gap or overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        (length, binMs) => {
          const bins = binLoad([], { from: 7, to: 7 + length }, binMs);
          expect(bins.reduce((sum, bin) => sum + lengthOf(bin), 0)).toBeCloseTo(length, 6);
          bins.slice(1).forEach((bin, index) => expect(bin.from).toBe(bins[index]?.to));
          expect(bins.length).toBeLessThanOrEqual(binsMax + 1);
        },
      ),
    );
  });

  it('shares a sample out by time, and lends its latencies to both sides', () => {
    const timed = [{ from: 0, to: 250, sample: sampleOf(10, 10, { latencyMs: 40 }) }];
    const [first, second] = binLoad(timed, { from: -875, to: 1_125 }, 1_000);
    expect([first?.good, second?.good]).toEqual([5, 5]);
    expect(first?.p99Ms).toBeCloseTo(40, 0);
    expect(second?.p99Ms).toBeCloseTo(40, 0);
  });

  it('gives percentiles of the whole, not of the parts', () => {
    const timed = [
      { from: 0, to: 250, sample: sampleOf(300, 300, { latencyMs: 10 }) },
      { from: 250, to: 500, sample: sampleOf(1, 1, { latencyMs: 1_000 }) },
    ];
    const [bin] = binLoad(timed, { from: 0, to: 1_000 }, 1_000);
    expect(bin?.p99Ms).toBeCloseTo(10, 0);
    expect(bin?.maxMs).toBe(1_000);
  });

  it('bounds the number of bins, however long the span is', () => {
    expect(binLoad([], { from: 0, to: 1e15 }, 250).length).toBeLessThanOrEqual(binsMax + 1);
  });
});

it('adds all samples up', () => {
  const timed = [sampleOf(10, 8), sampleOf(20, 20)].map((sample, index) => ({
    from: index * 250,
    to: index * 250 + 250,
    sample,
  }));
  expect(totalLoad(timed)).toMatchObject({ from: 0, to: 500, due: 30, good: 28, bad: 2 });
  expect(totalLoad([])).toBeUndefined();
});

it('joins spans that touch or overlap', () => {
  expect(
    union([
      { from: 5, to: 7 },
      { from: 0, to: 2 },
      { from: 2, to: 3 },
      { from: 6, to: 9 },
    ]),
  ).toEqual([
    { from: 0, to: 3 },
    { from: 5, to: 9 },
  ]);
});
