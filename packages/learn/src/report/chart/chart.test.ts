import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learn } from '../../lessons.ts';
import { gameDayJournal } from '../../testing/game-day-journal.ts';
import { chartBins } from './frame.ts';
import { areaPath, linePath } from './path.ts';
import { decadesAround, linear, logarithmic, ticksUpTo, ticksWithin } from './scale.ts';
import { timelineChart } from './timeline.ts';

describe('scales', () => {
  it('map ends to ends', () => {
    expect([linear([0, 10], [100, 0])(0), linear([0, 10], [100, 0])(10), linear([5, 5], [1, 2])(9)]).toEqual([
      100, 0, 1,
    ]);
    expect([1, 10, 1_000].map(logarithmic([1, 100], [0, 2]))).toEqual([0, 1, 2]);
  });

  it('have ticks that enclose, few and round', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (max) => {
        const ticks = ticksUpTo(max, 4);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-9));
        expect(ticks.length).toBeLessThanOrEqual(6);
      }),
    );
    expect(ticksUpTo(120, 4)).toEqual([0, 50, 100, 150]);
    expect(ticksUpTo(0, 4)).toEqual([0, 1]);
    expect(ticksWithin([-4, 14], 12)).toEqual([-4, -2, 0, 2, 4, 6, 8, 10, 12, 14]);
  });

  it('have decades around the values', () => {
    expect(decadesAround([3, 870])).toEqual([1, 1_000]);
    expect(decadesAround([])).toEqual([1, 100]);
    expect(decadesAround([10])).toEqual([10, 100]);
  });
});

describe('paths', () => {
  it('leave a gap where nothing was measured, and show a lone point', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
      { x: 2, y: undefined },
      { x: 3, y: 4.26 },
    ];
    expect(linePath(points)).toBe('M0 1L1 2M3 4.3h1.5');
    expect(areaPath(points.slice(0, 2), 9)).toBe('M0 9L0 1L1 2L1 9Z');
  });
});

describe('timelineChart', () => {
  const [first] = learn(gameDayJournal('protected')).experiments;
  if (first === undefined) throw new Error('The Game Day has experiments.');
  const { binMs, bins } = chartBins(first);

  it('takes points as fine as chance allows', () => {
    expect(binMs).toBe(500);
    expect(bins).toHaveLength(36);
  });

  it('shades the fault, names it, and says in words what it shows', () => {
    const { markup } = timelineChart(first, bins, 'timeline-1', 'wide');
    expect(markup).toContain('kill of inventory');
    expect(markup.match(/class="fault-shade"/g)).toHaveLength(1);
    expect(markup).toMatch(/<desc [^>]+>Faults: kill of inventory for 8 s\./);
  });

  it('shows the states of a breaker by shape and word', () => {
    const { markup } = timelineChart(first, bins, 'timeline-1', 'wide');
    expect(markup).toContain('inventory of gateway');
    expect(markup).toMatch(/class="band open"[^>]*><title>open<\/title>/);
    expect(markup).toMatch(/class="band half-open" fill="url\(#timeline-1-wide-hatch\)"/);
    expect(markup).toContain('class="band-words"');
  });

  it('holds no coordinate that is no number', () => {
    for (const mode of ['protected', 'naive'] as const) {
      for (const experiment of learn(gameDayJournal(mode)).experiments) {
        expect(timelineChart(experiment, chartBins(experiment).bins, 't', 'narrow').markup).not.toMatch(
          /NaN|Infinity|undefined/,
        );
      }
    }
  });
});
