import { describe, expect, it } from 'vitest';
import {
  plural,
  showClock,
  showCount,
  showDate,
  showDateTime,
  showDuration,
  showOffset,
  showRate,
  showShare,
  showTimes,
} from './figures.ts';

describe('figures', () => {
  it('show durations in the unit that people would choose', () => {
    expect(
      [0, 3.24, 9.96, 420.4, 999.7, 1_200, 12_400, 59_600, 125_000, 7_380_000].map(showDuration),
    ).toEqual([
      '0 ms',
      '3.2 ms',
      '10 ms',
      '420 ms',
      '1 s',
      '1.2 s',
      '12 s',
      '1 min',
      '2 min 5 s',
      '2 h 3 min',
    ]);
    expect(showDuration(-500)).toBe('−500 ms');
  });

  it('never round a share to a claim that is not true', () => {
    expect([0, 0.0004, 0.004, 0.41, 0.968, 0.9996, 1, 2.5].map(showShare)).toEqual([
      '0 %',
      'under 0.1 %',
      '0.4 %',
      '41 %',
      '96.8 %',
      'over 99.9 %',
      '100 %',
      '250 %',
    ]);
  });

  it('show counts, rates and ratios', () => {
    expect(showCount(1_234_567.4)).toBe('1\u202F234\u202F567');
    expect([showRate(0.44), showRate(9.96), showRate(1_200)]).toEqual(['0.4/s', '10/s', '1\u202F200/s']);
    expect([showTimes(1), showTimes(1.049), showTimes(12.3)]).toEqual(['1×', '1.05×', '12×']);
    expect([plural(1, 'fault'), plural(2, 'fault'), plural(0, 'hypothesis', 'hypotheses')]).toEqual([
      '1 fault',
      '2 faults',
      '0 hypotheses',
    ]);
  });

  it('show moments', () => {
    const at = Date.UTC(2026, 10, 24, 10, 2, 31, 250);
    expect([showDate(at), showDateTime(at), showClock(at)]).toEqual([
      '2026-11-24',
      '2026-11-24 10:02:31',
      '10:02:31.2',
    ]);
    expect([showOffset(2_140), showOffset(-5_000), showOffset(-40)]).toEqual(['+2.1 s', '−5.0 s', '+0.0 s']);
  });

  it('do not fail on a time that no date can name', () => {
    expect([showDate(1e17), showDateTime(1e17), showClock(1e17)]).toEqual([
      'unknown',
      'unknown time',
      'unknown',
    ]);
  });
});
