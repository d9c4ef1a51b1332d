import { type Arbitrary, array, assert, constantFrom, double, oneof, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyHistogram } from '../journal/latency-histogram.ts';
import type { LoadPeriod } from '../journal/record.ts';
import { type Result, Tally } from './tally.ts';

const latencyMs = double({ min: 0, max: 60_000, noNaN: true });
const result: Arbitrary<Result> = oneof(
  record({ kind: constantFrom('good' as const, 'timed-out' as const), latencyMs }),
  record({ kind: constantFrom('bad' as const), reason: constantFrom('status 503', 'ECONNREFUSED') }),
);
const request = record({
  name: constantFrom('browse', 'checkout'),
  period: constantFrom<LoadPeriod>('before', 'fault', 'after'),
  result,
});

test('samples added up are what a naive recount gives, in all and for each request and period', () => {
  assert(
    property(array(array(request, { maxLength: 30 }), { maxLength: 5 }), (intervals) => {
      const tally = new Tally();
      const samples = intervals.map((requests) => {
        for (const { name, period } of requests) tally.due(name, period);
        for (const { name, period, result } of requests) tally.ended(name, period, result);
        return tally.sample(250, 0);
      });
      const all = intervals.flat();
      const parts = samples.flatMap((sample) => sample.requests);
      for (const name of ['browse', 'checkout']) {
        for (const period of ['before', 'fault', 'after']) {
          const mine = parts.filter((part) => part.request === name && part.period === period);
          const expected = all.filter((one) => one.name === name && one.period === period);
          const good = expected.filter((one) => one.result.kind === 'good');
          const timedOut = expected.filter((one) => one.result.kind === 'timed-out');
          expect(mine.reduce((sum, part) => sum + part.due, 0)).toBe(expected.length);
          expect(mine.reduce((sum, part) => sum + part.good, 0)).toBe(good.length);
          expect(mine.reduce((sum, part) => sum + part.bad, 0)).toBe(expected.length - good.length);
          expect(mine.reduce((sum, part) => sum + part.timedOut, 0)).toBe(timedOut.length);
          const histogram = new LatencyHistogram();
          for (const part of mine) histogram.add(part.latency, part.maxMs);
          expect(histogram.count).toBe(good.length + timedOut.length);
          const reasons = mine.flatMap((part) => Object.values(part.reasons));
          expect(reasons.reduce((sum, count) => sum + count, 0)).toBe(expected.length - good.length);
        }
      }
      for (const [index, sample] of samples.entries()) {
        expect(sample.due).toBe(intervals[index]?.length);
        expect(sample.good + sample.bad).toBe(sample.due);
      }
      expect(tally.totals.due).toBe(all.length);
      expect(tally.totals.good + tally.totals.bad).toBe(all.length);
    }),
  );
});

test('a sample names at most twenty reasons, and counts the rest as other', () => {
  const tally = new Tally();
  for (let status = 400; status < 430; status++) {
    tally.ended('browse', 'before', { kind: 'bad', reason: `status ${status}` });
  }
  const reasons = tally.sample(250, 0).requests[0]?.reasons ?? {};
  expect(Object.keys(reasons)).toHaveLength(21);
  expect(reasons['other']).toBe(10);
});

test('the lag of a sample is the worst since the last one', () => {
  const tally = new Tally();
  tally.lag(3);
  tally.lag(12);
  tally.lag(5);
  expect(tally.sample(250, 0).generatorLagMs).toBe(12);
  expect(tally.sample(250, 0).generatorLagMs).toBe(0);
  expect(tally.totals.generatorLagMsMax).toBe(12);
});
