import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CountWindow, TimeWindow, windowSlices } from './window.ts';

const calls = fc.array(fc.record({ after: fc.nat(400), failed: fc.boolean(), slow: fc.boolean() }), {
  maxLength: 200,
});

test('a window of calls equals a recount of the last calls', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), calls, (size, seen) => {
      const window = new CountWindow(size);
      for (const [index, { failed, slow }] of seen.entries()) {
        window.add(0, failed, slow);
        const last = seen.slice(Math.max(0, index + 1 - size), index + 1);
        expect([window.calls, window.failures, window.slow]).toEqual([
          last.length,
          last.filter((call) => call.failed).length,
          last.filter((call) => call.slow).length,
        ]);
      }
    }),
  );
});

test('a window of time equals a recount of the slices in sight, also after idle gaps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 2_000 }), calls, (durationMs, seen) => {
      const window = new TimeWindow(durationMs);
      const sliceMs = durationMs / windowSlices;
      const sliceOf = (time: number) => Math.floor(time / sliceMs);
      const past: { at: number; failed: boolean; slow: boolean }[] = [];
      let now = 0;
      for (const { after, failed, slow } of seen) {
        now += after;
        window.add(now, failed, slow);
        past.push({ at: now, failed, slow });
        const inSight = past.filter(({ at }) => sliceOf(at) > sliceOf(now) - windowSlices);
        expect([window.calls, window.failures, window.slow]).toEqual([
          inSight.length,
          inSight.filter((call) => call.failed).length,
          inSight.filter((call) => call.slow).length,
        ]);
      }
    }),
  );
});

test('a clock that runs backwards changes nothing that was counted', () => {
  const window = new TimeWindow(1_000);
  window.add(5_000, true, false);
  window.add(100, true, false);
  expect(window.failures).toBe(2);
  window.advance(6_000);
  expect(window.calls).toBe(0);
});
