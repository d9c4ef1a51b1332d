import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../testing/index.ts';
import { Throttle } from './index.ts';

const rules = { k: 2, windowMs: 120_000, minimumCalls: 10, rejectionMax: 0.95 };

describe('throttling by accepts', () => {
  // What the other side still sees is its capacity times the load, and never more than k times its capacity.
  it.each([1.1, 1.5, 2].flatMap((k) => [0.8, 1.5, 3, 10].map((load) => ({ k, load }))))(
    'sends no more than the smaller of load and k times the capacity: %j',
    ({ k, load }) => {
      const machine = new Throttle({ ...rules, k }, seededRandom(3));
      const capacity = 100;
      const requests = load * capacity;
      let sent = 0;
      for (let second = 0; second < 600; second++) {
        let accepted = 0;
        for (let i = 0; i < requests; i++) {
          const now = second * 1_000 + (i * 1_000) / requests;
          if (machine.tryAcquire(now) > 0) continue;
          if (second >= 300) sent++;
          machine.record(accepted++ < capacity, now);
        }
      }
      expect(sent / 300 / capacity).toBeGreaterThan(Math.min(load, k) * 0.95);
      expect(sent / 300 / capacity).toBeLessThan(Math.min(load, k) * 1.05);
    },
  );

  it('counts as a naive recount does', () => {
    const sliceMs = rules.windowMs / 40;
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 60_000 }), accepted: fc.boolean() }), {
          maxLength: 200,
        }),
        (calls) => {
          const machine = new Throttle(rules, () => 1);
          const seen: { slice: number; accepted: boolean }[] = [];
          let now = 5;
          for (const { afterMs, accepted } of calls) {
            now += afterMs;
            machine.record(accepted, now);
            seen.push({ slice: Math.floor(now / sliceMs), accepted });
            const inWindow = seen.filter(({ slice }) => slice > Math.floor(now / sliceMs) - 40);
            expect(machine.requests).toBe(inWindow.length);
            expect(machine.accepts).toBe(inWindow.filter(({ accepted }) => accepted).length);
            const surplus = inWindow.length - 2 * machine.accepts;
            const expected =
              surplus > 0 && inWindow.length >= 10 ? Math.min(0.95, surplus / (inWindow.length + 1)) : 0;
            expect(machine.probability(now)).toBe(expected);
          }
        },
      ),
    );
  });
});
