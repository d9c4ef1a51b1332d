import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutcomeWindow } from './outcome-window.ts';

const spanMs = 100;
const outcomes = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 250 }), failed: fc.boolean(), moved: fc.boolean() }),
);

test('it counts what a naive recount of this span and the one before counts, also after a part was moved out', () => {
  fc.assert(
    fc.property(outcomes, (steps) => {
      const all = new OutcomeWindow(spanMs);
      const part = new OutcomeWindow(spanMs);
      const ofAll: { at: number; failed: boolean }[] = [];
      let now = 0;
      for (const { afterMs, failed, moved } of steps) {
        now += afterMs;
        if (moved) part.add(failed, now);
        all.add(failed, now);
        if (!moved) ofAll.push({ at: now, failed });
      }
      all.moveOut(part, now);
      const span = Math.floor(now / spanMs);
      const recent = ofAll.filter(({ at }) => Math.floor(at / spanMs) >= span - 1);
      expect(all.calls).toBe(recent.length);
      expect(all.failures).toBe(recent.filter(({ failed }) => failed).length);
      expect(part.calls + part.failures).toBe(0);
    }),
  );
});
