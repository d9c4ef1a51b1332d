import { describe, expect, it } from 'vitest';
import { stageBench } from '../testing/stage-bench.ts';
import { latency } from './latency.ts';

describe('latency', () => {
  it('delays each chunk from its own arrival', () => {
    const bench = stageBench(latency, { latency: 100 });
    bench.push('a');
    bench.time.advance(40);
    bench.push('b');
    bench.time.advance(200);
    expect(bench.out).toEqual([
      { at: 100, what: 'a' },
      { at: 140, what: 'b' },
    ]);
  });

  it('keeps the order under jitter, and stays within it', () => {
    const bench = stageBench(latency, { latency: 100, jitter: 50 });
    for (let i = 0; i < 200; i += 1) bench.push(`${i},`);
    bench.time.advance(151);
    expect(bench.text()).toBe(Array.from({ length: 200 }, (_, i) => `${i},`).join(''));
    expect(bench.out[0]?.at).toBeGreaterThanOrEqual(50);
    expect(bench.out.at(-1)?.at).toBeLessThanOrEqual(150);
  });

  it('does not delay the end by itself, yet never lets it overtake data', () => {
    const idle = stageBench(latency, { latency: 100 });
    idle.stage.end('end');
    expect(idle.out).toEqual([{ at: 0, what: '<end>' }]);
    const busy = stageBench(latency, { latency: 100 });
    busy.push('a');
    busy.stage.end('end');
    busy.time.advance(100);
    expect(busy.out.map(({ what }) => what)).toEqual(['a', '<end>']);
  });

  it('lets everything go at once when it is removed', () => {
    const bench = stageBench(latency, { latency: 1000 });
    bench.push('a');
    bench.push('b');
    expect(bench.stage.held).toBe(2);
    bench.time.advance(10);
    bench.stage.release();
    expect(bench.out.map(({ at, what }) => [at, what])).toEqual([
      [10, 'a'],
      [10, 'b'],
    ]);
    expect(bench.stage.held).toBe(0);
    expect(bench.time.pending()).toBe(0);
  });

  it('counts a new delay from the arrival of what waits', () => {
    const bench = stageBench(latency, { latency: 1000 });
    bench.push('a');
    bench.time.advance(10);
    bench.update({ latency: 50 });
    bench.time.advance(100);
    expect(bench.out).toEqual([{ at: 50, what: 'a' }]);
  });

  it('passes data at once when the delay is negative, as the real one does', () => {
    const bench = stageBench(latency, { latency: -5 });
    bench.push('a');
    expect(bench.out).toEqual([{ at: 0, what: 'a' }]);
  });
});
