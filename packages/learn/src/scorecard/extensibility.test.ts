import { describe, expect, it } from 'vitest';
import { readRun } from '../analysis/read-run.ts';
import { experimentRecords, sampleOf } from '../testing/records.ts';
import { extensibility } from './extensibility.ts';

const measure = (due: number, good: (at: number) => number, target = 'load') =>
  extensibility(
    readRun(
      experimentRecords((at) => (at > 2_000 && at <= 6_000 ? sampleOf(due, good(at)) : sampleOf(25, 25)), {
        target,
      }),
    ),
  );

describe('graceful extensibility', () => {
  it('is 1 where the system serves what it can and sheds the rest', () => {
    expect(measure(250, () => 75)).toMatchObject({
      value: { value: 1, capacityPerSecond: 300, points: [{ demand: 3.5, goodput: 1, seconds: 4 }] },
    });
  });

  it('falls with the collapse: half of the best that was seen', () => {
    expect(measure(250, (at) => (at <= 4_000 ? 80 : 0))).toMatchObject({ value: { value: 0.5 } });
  });

  it('was not learnt from a spike that was served entirely', () => {
    expect(measure(250, () => 250)).toMatchObject({
      measured: false,
      because: 'the spike was served entirely, so the capacity lies above it',
    });
  });

  it('is not measured without a spike', () => {
    expect(measure(250, () => 75, 'inventory')).toMatchObject({
      measured: false,
      toMeasure: 'add an experiment with a traffic spike',
    });
  });
});
