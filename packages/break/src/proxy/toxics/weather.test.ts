import { describe, expect, it } from 'vitest';
import { readAttributes } from '../attributes.ts';
import { stageBench } from '../testing/stage-bench.ts';
import { jitter } from './jitter.ts';
import { packetLoss } from './packet-loss.ts';
import { stall } from './stall.ts';

/** The delay of each of many chunks that come far apart. */
function delays(attributes: Readonly<Record<string, unknown>>, count = 4000): readonly number[] {
  const bench = stageBench(jitter, attributes);
  for (let i = 0; i < count; i += 1) {
    bench.push('x');
    bench.time.advance(100_000);
  }
  return bench.out.map(({ at }, i) => at - i * 100_000);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * q)] ?? 0;

describe('jitter', () => {
  it.each([
    { distribution: 'uniform', mean: 100, deviation: 20 },
    { distribution: 'normal', mean: 100, deviation: 20 },
    { distribution: 'exponential', mean: 100 },
    { distribution: 'pareto', mean: 100, shape: 3 },
  ])('has the wanted mean: %o', (attributes) => {
    expect(Math.abs(mean(delays(attributes)) - 100)).toBeLessThan(7);
  });

  it('has the tail of its distribution', () => {
    const spread = (attributes: Readonly<Record<string, unknown>>) => quantile(delays(attributes), 0.99);
    expect(spread({ distribution: 'uniform', mean: 100, deviation: 20 })).toBeLessThan(136);
    expect(Math.abs(spread({ distribution: 'normal', mean: 100, deviation: 20 }) - 146)).toBeLessThan(6);
    expect(Math.abs(spread({ distribution: 'exponential', mean: 100 }) - 460)).toBeLessThan(60);
  });

  it('never exceeds its limit, nor goes below 0', () => {
    const all = delays({ distribution: 'normal', mean: 10, deviation: 100, max: 50 });
    expect(Math.min(...all)).toBe(0);
    expect(Math.max(...all)).toBeLessThanOrEqual(50.5);
  });

  it('refuses what it cannot draw', () => {
    expect(() => readAttributes(jitter, { distribution: 'gamma' })).toThrow(
      'distribution must be one of uniform, normal, exponential, pareto, got "gamma"',
    );
    expect(() => readAttributes(jitter, { distribution: 'pareto', shape: 1 })).toThrow(
      'shape must be above 1, got 1',
    );
  });
});

describe('packet_loss', () => {
  it('loses no byte, and makes what is behind a loss wait', () => {
    const bench = stageBench(packetLoss, { probability: 0.2, retransmit: 200 });
    for (let i = 0; i < 1000; i += 1) bench.push(`${i},`);
    bench.time.advance(100_000);
    expect(bench.text()).toBe(Array.from({ length: 1000 }, (_, i) => `${i},`).join(''));
    const times = bench.out.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times.map((at) => at % 200))).toEqual(new Set([0]));
  });

  it('hits the wanted fraction of packets, and doubles the wait of a packet that is lost again', () => {
    const waits = Array.from({ length: 3000 }, (_, seed) => {
      const bench = stageBench(packetLoss, { probability: 0.3, retransmit: 100 }, { seed });
      bench.push('x');
      bench.time.advance(100_000);
      return bench.out[0]?.at ?? -1;
    });
    const share = (wait: number) => waits.filter((one) => one === wait).length / waits.length;
    expect(Math.abs(share(0) - 0.7)).toBeLessThan(0.04);
    expect(Math.abs(share(100) - 0.21)).toBeLessThan(0.04);
    expect(Math.abs(share(300) - 0.063)).toBeLessThan(0.03);
  });
});

describe('stall', () => {
  it('holds everything until it is removed', () => {
    const bench = stageBench(stall);
    bench.push('a');
    bench.stage.end('end');
    bench.time.advance(1e6);
    expect(bench.out).toEqual([]);
    bench.stage.release();
    expect(bench.out.map(({ what }) => what)).toEqual(['a', '<end>']);
  });

  it('comes and goes', () => {
    const bench = stageBench(stall, { duration: 100, interval: 1000 });
    for (const atMs of [50, 500, 1050, 1500]) {
      bench.time.advance(atMs - bench.time.clock.now());
      bench.push(`${atMs}`);
    }
    bench.time.advance(1000);
    expect(bench.out).toEqual([
      { at: 100, what: '50' },
      { at: 500, what: '500' },
      { at: 1100, what: '1050' },
      { at: 1500, what: '1500' },
    ]);
  });
});
