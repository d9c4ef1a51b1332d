import type { RunRecord } from '@seaworthy/break/journal';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beforeLevel } from '../analysis/goodput.ts';
import { readRun } from '../analysis/read-run.ts';
import { experimentName, experimentRecords, sampleOf } from '../testing/records.ts';
import { rebound } from './rebound.ts';

function measure(
  load: Parameters<typeof experimentRecords>[0],
  options: Parameters<typeof experimentRecords>[1] = {},
) {
  const [trace] = readRun(experimentRecords(load, options)).experiments;
  if (trace === undefined) throw new Error('The run has an experiment.');
  return rebound(trace, beforeLevel(trace));
}

/** Everything fails from the fault's beginning until so long after its end. */
const backAfter = (ms: number) => (at: number) => sampleOf(25, at > 2_000 && at <= 6_000 + ms ? 0 : 25);

describe('rebound', () => {
  it('is 0 where the end of the fault is the end of its effect', () => {
    expect(measure(backAfter(0))).toMatchObject({ value: { ms: 0, watchedMs: 4_000, lost: 0 } });
  });

  it('is the time until goodput is back', () => {
    expect(measure(backAfter(1_500))).toMatchObject({ value: { ms: 1_500, lost: 150 } });
  });

  it('finds any delay to the step of 250 ms, and never less than it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 11 }), (steps) => {
        const result = measure(backAfter(steps * 250));
        expect(result.measured && result.value.ms).toBe(steps * 250);
      }),
    );
  });

  it('counts only what stays: a relapse begins the count again', () => {
    const relapse = (at: number) => sampleOf(25, at > 8_000 && at <= 8_500 ? 0 : 25);
    expect(measure(relapse)).toMatchObject({ value: { ms: 2_500 } });
  });

  it('never comes where the system stays down', () => {
    expect(measure(backAfter(60_000))).toMatchObject({ value: { ms: undefined, watchedMs: 4_000 } });
  });

  it('takes a hiccup that is made up for at once for none, and a stall for one', () => {
    const stalled = (ms: number) => (at: number) => {
      const [from, to] = [8_000, 8_000 + ms];
      if (at > from && at <= to) return { ...sampleOf(25, 0), bad: 0 };
      return at === to + 250 ? { ...sampleOf(25, 25 + ms / 10), bad: 0 } : sampleOf(25, 25);
    };
    expect(measure(stalled(250))).toMatchObject({ value: { ms: 0 } });
    expect(measure(stalled(750))).toMatchObject({ value: { ms: 2_000 } });
  });

  it('waits for the probes too', () => {
    const probe = (at: number, held: boolean): RunRecord => ({
      at,
      kind: 'probe',
      experiment: experimentName,
      phase: 'after',
      probe: 'p',
      held,
      seen: '',
      durationMs: 0,
    });
    expect(measure(backAfter(0), { more: [probe(7_000, false), probe(8_000, true)] })).toMatchObject({
      value: { ms: 2_000 },
    });
    expect(measure(backAfter(0), { more: [probe(8_000, true), probe(9_000, false)] })).toMatchObject({
      value: { ms: undefined },
    });
  });

  it('is not measured without an undo, or where nothing was watched afterwards', () => {
    expect(measure(backAfter(0), { undone: false })).toMatchObject({ measured: false });
    expect(measure((at) => (at <= 6_500 ? sampleOf(25, 25) : undefined))).toMatchObject({
      measured: false,
      because: 'the load ended 500 ms after the fault',
    });
  });

  it('takes longer windows where requests are few, so that one of them does not tip it', () => {
    // 8 a second; one of them is bad, long after the fault.
    expect(measure((at) => sampleOf(2, at === 9_000 ? 1 : 2))).toMatchObject({ measured: false });
    expect(measure((at) => sampleOf(4, at === 9_000 ? 3 : 4))).toMatchObject({ value: { ms: 0 } });
  });
});
