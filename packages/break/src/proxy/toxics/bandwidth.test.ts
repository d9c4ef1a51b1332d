import { describe, expect, it } from 'vitest';
import { readAttributes } from '../attributes.ts';
import { stageBench } from '../testing/stage-bench.ts';
import { bandwidth } from './bandwidth.ts';

describe('bandwidth', () => {
  it('sends 5000 bytes at 10 KB/s in 500 ms, a tenth of a second at a time', () => {
    const bench = stageBench(bandwidth, { rate: 10 });
    bench.push('x'.repeat(5000));
    bench.time.advance(600);
    expect(bench.out.map(({ at, what }) => [at, what.length])).toEqual(
      [100, 200, 300, 400, 500].map((at) => [at, 1000]),
    );
  });

  it('keeps its rate over many small chunks', () => {
    const bench = stageBench(bandwidth, { rate: 100 });
    for (let i = 0; i < 1000; i += 1) bench.push('x'.repeat(100));
    bench.time.advance(500);
    expect(Math.abs(bench.text().length - 50_000)).toBeLessThanOrEqual(200);
    bench.time.advance(500);
    expect(bench.text().length).toBe(100_000);
  });

  it('stalls at 0, and lets everything go when it is removed', () => {
    const bench = stageBench(bandwidth);
    bench.push('abc');
    bench.stage.end('end');
    bench.time.advance(1e6);
    expect(bench.out).toEqual([]);
    expect(bench.stage.held).toBe(3);
    bench.stage.release();
    expect(bench.out.map(({ what }) => what)).toEqual(['abc', '<end>']);
  });

  it('takes a new rate for what waits', () => {
    const bench = stageBench(bandwidth);
    bench.push('x'.repeat(1000));
    bench.update({ rate: 10 });
    bench.time.advance(100);
    expect(bench.out).toEqual([{ at: 100, what: 'x'.repeat(1000) }]);
  });

  it('refuses a negative rate, which crashes the real one', () => {
    expect(() => readAttributes(bandwidth, { rate: -1 })).toThrow('rate must be at least 0 KB/s, got -1');
  });
});
