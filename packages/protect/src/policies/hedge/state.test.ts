import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../kernel/retry-budget.ts';
import { pipeline } from '../../pipeline.ts';
import { seededRandom, virtualRuntime } from '../../testing/index.ts';
import { hedge, Hedger } from './index.ts';

const measured = { percentile: 0.95, leastMs: 2, mostMs: 500 };
const budget = () => new RetryBudget({ ratio: 1 });

describe('a measured delay', () => {
  it('is the longest until enough is known', () => {
    const hedger = new Hedger(measured, budget());
    for (let i = 0; i < 19; i++) hedger.record(10, true, hedger.delayMs);
    expect(hedger.delayMs).toBe(500);
    hedger.record(10, true, hedger.delayMs);
    expect(hedger.delayMs).toBeCloseTo(10, 0);
  });

  it('is the percentile, at most 4.4 % too long', () => {
    const hedger = new Hedger(measured, budget());
    for (let i = 1; i <= 1_000; i++) hedger.record(((i * 7) % 1_000) / 10, true, 500);
    expect(hedger.delayMs).toBeGreaterThanOrEqual(94);
    expect(hedger.delayMs).toBeLessThanOrEqual(95 * 1.05);
  });

  it('stays within its bounds', () => {
    const hedger = new Hedger(measured, budget());
    for (let i = 0; i < 100; i++) hedger.record(0.2, true, 500);
    expect(hedger.delayMs).toBe(2);
    for (let i = 0; i < 10_000; i++) hedger.record(30_000, true, 500);
    expect(hedger.delayMs).toBe(500);
  });

  it('forgets: what lately was counts more', () => {
    const hedger = new Hedger(measured, budget());
    for (let i = 0; i < 50_000; i++) hedger.record(10, true, 500);
    for (let i = 0; i < 4_000; i++) hedger.record(100, true, 500);
    expect(hedger.delayMs).toBeCloseTo(100, -1);
  });

  it('does not learn from what failed fast', () => {
    const hedger = new Hedger(measured, budget());
    for (let i = 0; i < 100; i++) hedger.record(50, true, 500);
    const { delayMs } = hedger;
    for (let i = 0; i < 1_000; i++) hedger.record(1, false, delayMs);
    expect(hedger.delayMs).toBe(delayMs);
  });
});

describe('hedging after a time', () => {
  it('makes slow answers as rare as theory says, at the price that it says', async () => {
    const runtime = virtualRuntime();
    runtime.recorder.stop();
    const random = seededRandom(7);
    const line = pipeline('replica', [hedge({ after: '2s', budget: 1 })], { idempotent: true, runtime });
    const calls = 20_000;
    let attempts = 0;
    let slow = 0;
    for (let i = 0; i < calls; i++) {
      const startedAt = runtime.time.now();
      const calling = line.run(({ signal }) => {
        attempts++;
        return new Promise<void>((resolve) => {
          const timer = runtime.time.set(resolve, -1_000 * Math.log(1 - random()));
          signal.addEventListener('abort', () => timer.cancel());
        });
      });
      await runtime.time.until(calling);
      if (runtime.time.now() - startedAt > 4_000) slow++;
    }
    // With exponential latency X of mean 1 s: P(X > 2 s) further attempts, and P(X > 4 s) P(X > 2 s) slow answers.
    const further = Math.exp(-2);
    const tail = Math.exp(-4) * Math.exp(-2);
    const deviations = (share: number, p: number) => Math.abs(share - p) / Math.sqrt((p * (1 - p)) / calls);
    expect(deviations(attempts / calls - 1, further)).toBeLessThan(4);
    expect(deviations(slow / calls, tail)).toBeLessThan(4);
  });
});

describe('hedging at a percentile', () => {
  it('cuts the tail as the odds say, for the share of extra attempts that was asked for', async () => {
    const runtime = virtualRuntime();
    const random = seededRandom(11);
    const line = pipeline('replica', [hedge({ after: { percentile: 0.95, most: 200 }, budget: 1 })], {
      idempotent: true,
      runtime,
    });
    // One in twenty takes twenty times as long.
    const latency = () => (random() < 0.06 ? 200 : 5 + 10 * random());
    let attempts = 0;
    let slow = 0;
    const calls = 20_000;
    for (let i = 0; i < calls; i++) {
      const startedAt = runtime.time.now();
      const calling = line.run(({ signal }) => {
        attempts++;
        return new Promise<void>((resolve, reject) => {
          const timer = runtime.time.set(resolve, latency());
          signal.addEventListener('abort', () => {
            timer.cancel();
            reject(signal.reason);
          });
        });
      });
      await runtime.time.until(calling);
      if (runtime.time.now() - startedAt > 100) slow++;
    }
    // The percentile lies in the tail of those 6 %, or right below it; it must not creep down and hedge ever more.
    expect(attempts / calls - 1).toBeGreaterThan(0.03);
    expect(attempts / calls - 1).toBeLessThan(0.08);
    // Both attempts are slow in 0.06 x 0.06 of all calls; where the delay still was the longest, in 0.06.
    expect(slow / calls).toBeLessThan(0.02);
    runtime.recorder.stop();
  });

  it('starts no more further attempts than its budget pays for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (steps, ratio) => {
          const hedger = new Hedger({ afterMs: 1 }, new RetryBudget({ ratio, burst: 5 }));
          let calls = 0;
          let hedges = 0;
          for (const begins of steps) {
            if (begins) {
              calls++;
              hedger.begin();
            } else if (hedger.tryHedge()) hedges++;
          }
          expect(hedges).toBeLessThanOrEqual(5 + ratio * calls + 1e-6);
        },
      ),
    );
  });
});
