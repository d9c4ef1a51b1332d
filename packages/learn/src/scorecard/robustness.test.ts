import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beforeLevel } from '../analysis/goodput.ts';
import { readRun } from '../analysis/read-run.ts';
import { experimentRecords, sampleOf } from '../testing/records.ts';
import { robustness } from './robustness.ts';

function measure(load: Parameters<typeof experimentRecords>[0]) {
  const [trace] = readRun(experimentRecords(load)).experiments;
  if (trace === undefined) throw new Error('The run has an experiment.');
  return robustness(trace, beforeLevel(trace));
}

const during = (at: number) => at > 2_000 && at <= 6_000;

describe('robustness', () => {
  it('is 1 where nothing was lost, 0 where nothing was served, and a half in between', () => {
    expect(measure(() => sampleOf(25, 25))).toMatchObject({ value: { value: 1, lost: 0, worstSecond: 1 } });
    expect(measure((at) => sampleOf(25, during(at) ? 0 : 25))).toMatchObject({
      value: { value: 0, lost: 400 },
    });
    expect(measure((at) => sampleOf(24, during(at) ? 12 : 24))).toMatchObject({
      value: { value: 0.5, lost: 192, worstSecond: 0.5 },
    });
  });

  it('lets late answers make up for no outage', () => {
    const load = (at: number) =>
      sampleOf(25, at > 2_000 && at <= 4_000 ? 0 : at <= 6_000 && at > 4_000 ? 50 : 25);
    expect(measure(load)).toMatchObject({ value: { value: 0.5, worstSecond: 0 } });
  });

  it('wants no more under a spike than before it', () => {
    expect(measure((at) => sampleOf(during(at) ? 250 : 25, 25))).toMatchObject({ value: { value: 1 } });
  });

  it('does not count the gaps between random arrivals as loss', () => {
    expect(measure((at) => sampleOf(20 + ((at / 250) % 11), 20 + ((at / 250) % 11)))).toMatchObject({
      value: { value: 1 },
    });
  });

  it('equals a naive recount, second by second', () => {
    const goods = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(goods, (good) => {
        const result = measure((at) => sampleOf(40, during(at) ? (good[(at - 2_250) / 250] ?? 0) : 40));
        let served = 0;
        for (let second = 0; second < 4; second += 1) {
          const sum = good.slice(second * 4, second * 4 + 4).reduce((one, other) => one + other, 0);
          served += Math.min(160, sum);
        }
        expect(result.measured && result.value.value).toBeCloseTo(served / 640, 9);
        expect(result.measured && result.value.lost).toBeCloseTo(640 - served, 6);
      }),
    );
  });

  it('says why it was not measured', () => {
    expect(measure(() => undefined)).toMatchObject({
      measured: false,
      because: 'the experiment has no load',
    });
    expect(measure((at) => (at > 2_000 ? sampleOf(25, 25) : undefined))).toMatchObject({
      measured: false,
      because: 'there is no goodput before the fault to compare with',
    });
    expect(measure((at) => (at <= 2_000 ? sampleOf(25, 25) : undefined))).toMatchObject({
      measured: false,
      because: 'nothing was asked while the fault was on',
    });
  });
});
