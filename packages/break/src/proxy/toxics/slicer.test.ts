import { describe, expect, it } from 'vitest';
import { readAttributes } from '../attributes.ts';
import { stageBench } from '../testing/stage-bench.ts';
import { slicer } from './slicer.ts';

describe('slicer', () => {
  it('cuts into pieces around the average, with the delay between them', () => {
    const bench = stageBench(slicer, { average_size: 10, size_variation: 3, delay: 2000 });
    bench.push('x'.repeat(1000));
    bench.time.advance(1000);
    const sizes = bench.out.slice(0, -1).map(({ what }) => what.length);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(7);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(13);
    expect(bench.text().length).toBe(1000);
    expect(bench.out.slice(0, 4).map(({ at }) => at)).toEqual([0, 2, 4, 6]);
  });

  it('never makes an empty piece, even when the variation exceeds the average', () => {
    const bench = stageBench(slicer, { average_size: 2, size_variation: 50 });
    bench.push('x'.repeat(500));
    expect(bench.text().length).toBe(500);
    expect(bench.out.every(({ what }) => what.length > 0)).toBe(true);
  });

  it('refuses an average of 0, which crashes the real one', () => {
    expect(() => readAttributes(slicer)).toThrow('average_size must be at least 1 byte, got 0');
  });
});
